/** The memory that a stored response takes, in a process of its own. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'

const SCRIPT = join(import.meta.dirname, '../../support/response-heap.ts')
const ENTRIES = 15_000

describe('the memory of a stored response', () => {
  it('a response of 68 bytes takes at most 500 bytes of the heap, with its key, entry and place in the store', {
    timeout: 60_000,
  }, async () => {
    const flags = process.versions.bun === undefined ? ['--expose-gc'] : []
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, SCRIPT, `${ENTRIES}`, '68'])
    const { entries, real } = JSON.parse(stdout)
    assert.equal(entries, ENTRIES)
    assert.equal(real > 200 && real <= 500, true, `${real} bytes`)
  })
})
