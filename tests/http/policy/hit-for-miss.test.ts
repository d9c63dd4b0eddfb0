import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createHitForMiss } from '../../../src/http/policy/hit-for-miss.ts'

function at() {
  const clock = { ms: 1_000_000 }
  return { clock, now: () => clock.ms }
}

describe('what is of no use to others', () => {
  it('is remembered for a minute since its last answer, and then forgotten', () => {
    const { clock, now } = at()
    const memory = createHitForMiss({ now })
    memory.add('a')
    clock.ms += 40_000
    memory.add('a')
    clock.ms += 59_999
    assert.equal(memory.has('a'), true)
    assert.equal(memory.has('b'), false)
    clock.ms += 1
    assert.equal(memory.has('a'), false)
  })

  it('is remembered for as long as is said, or until it is of use again', () => {
    const { clock, now } = at()
    const memory = createHitForMiss({ now, ttlMs: 10 })
    memory.add('a')
    memory.add('b')
    memory.delete('a')
    memory.delete('never seen')
    assert.deepEqual([memory.has('a'), memory.has('b')], [false, true])
    clock.ms += 10
    assert.equal(memory.has('b'), false)
  })

  it('makes room by forgetting the oldest, whatever keys come', () => {
    const { now } = at()
    const memory = createHitForMiss({ now, maxLength: 6 })
    memory.add('aa')
    memory.add('bb')
    memory.add('cc')
    memory.add('aa') // again: now it is the newest
    memory.add('dd')
    assert.deepEqual(
      ['aa', 'bb', 'cc', 'dd'].filter((key) => memory.has(key)),
      ['aa', 'cc', 'dd'],
    )
    memory.add('longer than all there is room for')
    assert.deepEqual(
      ['aa', 'cc', 'dd'].filter((key) => memory.has(key)),
      [],
    )
  })

  it('counts the room of what was forgotten, by whatever way, no more', () => {
    const { clock, now } = at()
    const memory = createHitForMiss({ now, maxLength: 6 })
    for (let i = 0; i < 10; i++) {
      memory.add('aaaa')
      memory.add('aaaa')
      if (i % 2 === 0) memory.delete('aaaa')
      else {
        clock.ms += 60_000
        assert.equal(memory.has('aaaa'), false)
      }
    }
    memory.add('aaa')
    memory.add('bbb')
    assert.deepEqual([memory.has('aaa'), memory.has('bbb')], [true, true])
  })
})
