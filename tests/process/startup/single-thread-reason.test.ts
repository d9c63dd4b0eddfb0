import assert from 'node:assert/strict'
import { it } from 'node:test'
import { singleThreadReason } from '../../../src/process/startup/single-thread-reason.ts'

it('singleThreadReason: Linux allows several threads; macOS and Windows give a reason', () => {
  assert.equal(singleThreadReason('linux'), undefined)
  for (const platform of ['darwin', 'win32'] as const) {
    assert.match(singleThreadReason(platform) ?? '', /^this system does not spread connections/)
  }
})
