import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createHitForMiss } from '../../../src/http/policy/hit-for-miss.ts'

function manualClock() {
  const clock = { ms: 1_000_000 }
  return { clock, now: () => clock.ms }
}

describe('createHitForMiss()', () => {
  it('holds a key for a minute after it was last added', () => {
    const { clock, now } = manualClock()
    const table = createHitForMiss({ now })
    table.add('a')
    clock.ms += 40_000
    table.add('a')
    clock.ms += 59_999
    assert.equal(table.has('a'), true)
    assert.equal(table.has('b'), false)
    clock.ms += 1
    assert.equal(table.has('a'), false)
  })

  it('holds a key for ttlMs, or until it is deleted', () => {
    const { clock, now } = manualClock()
    const table = createHitForMiss({ now, ttlMs: 10 })
    table.add('a')
    table.add('b')
    table.delete('a')
    table.delete('never added')
    assert.deepEqual([table.has('a'), table.has('b')], [false, true])
    clock.ms += 10
    assert.equal(table.has('b'), false)
  })

  it('evicts the oldest keys beyond maxLength characters', () => {
    const { now } = manualClock()
    const table = createHitForMiss({ now, maxLength: 6 })
    table.add('aa')
    table.add('bb')
    table.add('cc')
    table.add('aa') // makes it the newest
    table.add('dd')
    assert.deepEqual(
      ['aa', 'bb', 'cc', 'dd'].filter((key) => table.has(key)),
      ['aa', 'cc', 'dd'],
    )
    table.add('longer than maxLength')
    assert.deepEqual(
      ['aa', 'cc', 'dd'].filter((key) => table.has(key)),
      [],
    )
  })

  it('subtracts the length of deleted and expired keys', () => {
    const { clock, now } = manualClock()
    const table = createHitForMiss({ now, maxLength: 6 })
    for (let i = 0; i < 10; i++) {
      table.add('aaaa')
      table.add('aaaa')
      if (i % 2 === 0) table.delete('aaaa')
      else {
        clock.ms += 60_000
        assert.equal(table.has('aaaa'), false)
      }
    }
    table.add('aaa')
    table.add('bbb')
    assert.deepEqual([table.has('aaa'), table.has('bbb')], [true, true])
  })
})
