import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bootId, isSameBoot } from '../../../../src/stores/sqlite/file/boot-id.ts'

describe('bootId', () => {
  const missing = () => {
    throw new Error('ENOENT')
  }

  it('the id of Linux is the one that the system gives to each start', () => {
    const id = bootId({ readText: () => 'a4dbeca1-b2a3\n', uptime: () => 1, now: () => 1 })
    assert.equal(id, 'a4dbeca1-b2a3')
  })

  it('the id elsewhere is the time of the start', () => {
    assert.equal(bootId({ readText: missing, uptime: () => 60.25, now: () => 100_000_000 }), '99939750')
  })

  it('the id of this machine stays the same', () => {
    assert.ok(isSameBoot(bootId(), bootId()))
  })
})

describe('isSameBoot', () => {
  it('times of one start may differ by a minute', () => {
    assert.ok(isSameBoot('1000000', '1060000'))
    assert.ok(isSameBoot('1060000', '1000000'))
    assert.ok(!isSameBoot('1000000', '1060001'))
  })

  it('ids of Linux must be equal', () => {
    assert.ok(isSameBoot('a4dbeca1-b2a3', 'a4dbeca1-b2a3'))
    assert.ok(!isSameBoot('a4dbeca1-b2a3', 'a4dbeca1-b2a4'))
    assert.ok(!isSameBoot('a4dbeca1-b2a3', '1000000'))
    assert.ok(!isSameBoot('undefined', '1000000'))
  })
})
