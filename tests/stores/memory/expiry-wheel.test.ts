import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ExpiryWheel } from '../../../src/stores/memory/expiry-wheel.ts'

const DAY = 24 * 60 * 60 * 1000

/** A wheel whose slots expire at the given times. */
function wheelOf(times: readonly number[]): ExpiryWheel {
  const wheel = new ExpiryWheel((slot) => times[slot] as number)
  for (const slot of times.keys()) {
    wheel.resize(slot + 1)
    wheel.add(slot)
  }
  return wheel
}

/** Removes and returns the slots that are due, with as many steps as it takes. */
function removeDue(wheel: ExpiryWheel, now: number): number[] {
  const removed: number[] = []
  for (let slot = wheel.due(now, 10_000); slot >= 0; slot = wheel.due(now, 10_000)) {
    wheel.remove(slot)
    removed.push(slot)
  }
  return removed.sort((a, b) => a - b)
}

describe('ExpiryWheel', () => {
  it('a slot is due from the time it expires until it is removed, and one without end never is', () => {
    const wheel = wheelOf([Infinity, 20, 10])
    assert.equal(wheel.due(9, 100), -1)
    assert.equal(wheel.due(10, 100), 2)
    assert.equal(wheel.due(10, 100), 2)
    wheel.remove(2)
    assert.equal(wheel.due(19.9, 100), -1)
    assert.equal(wheel.due(20, 100), 1)
    wheel.remove(1)
    assert.equal(wheel.due(Number.MAX_SAFE_INTEGER, 100), -1)
    wheel.remove(0)
  })

  it('a slot that expires within a millisecond is due when that has passed', () => {
    const wheel = wheelOf([10.5])
    assert.deepEqual(removeDue(wheel, 10.9), [])
    assert.deepEqual(removeDue(wheel, 11), [0])
  })

  it('next() is never later than the first expiry, and later than now', () => {
    for (const [now, at] of [
      [0, 5],
      [1000, 64_000],
      [DAY, 9 * DAY],
      [17, 400 * DAY],
    ] as const) {
      // biome-ignore format: a table
      const wheel = wheelOf([at, Infinity])
      wheel.due(now, 1)
      const next = wheel.next()
      assert.equal(next <= at && next > now, true, `${next} for ${at} from ${now}`)
    }
    assert.equal(wheelOf([Infinity]).next(), Infinity)
  })

  it('a call looks at no more slots than its steps, and the next call goes on', () => {
    const wheel = wheelOf(Array.from({ length: 50 }, (_, slot) => 5049 - slot)) // one bucket of the second level
    assert.equal(wheel.due(5010, 3), -1)
    const found = new Set<number>()
    for (let call = 0; call < 100; call++) {
      const slot = wheel.due(5010, 3)
      if (slot < 0) continue
      found.add(slot)
      wheel.remove(slot)
    }
    assert.deepEqual(
      [...found].sort((a, b) => a - b),
      Array.from({ length: 11 }, (_, slot) => 39 + slot),
    )
  })

  it('a cleared wheel holds nothing, and takes new slots', () => {
    const times = [10, 20]
    const wheel = wheelOf(times)
    wheel.clear()
    assert.deepEqual(removeDue(wheel, 30), [])
    times[0] = 50
    wheel.resize(1)
    wheel.add(0)
    assert.deepEqual(removeDue(wheel, 49), [])
    assert.deepEqual(removeDue(wheel, 50), [0])
  })

  it('the slots that are due are those of a list, for any additions, removals, moves and times', () => {
    const span = fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: 5000 }), fc.nat({ max: 30 * DAY }))
    const action = fc.oneof(
      fc.record({ do: fc.constant('add' as const), span }),
      fc.record({ do: fc.constant('remove' as const), which: fc.nat({ max: 1000 }) }),
      fc.record({ do: fc.constant('advance' as const), span }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const times: number[] = [] // the slots in use, without gaps
        const wheel = new ExpiryWheel((slot) => times[slot] as number)
        let now = 0
        function remove(slot: number): void {
          wheel.remove(slot)
          const last = times.length - 1
          if (slot !== last) {
            times[slot] = times[last] as number
            wheel.move(last, slot)
          }
          times.pop()
          wheel.resize(last)
        }
        for (const one of actions) {
          if (one.do === 'add') {
            wheel.resize(times.push(now + one.span))
            wheel.add(times.length - 1)
          } else if (one.do === 'remove' && times.length > 0) remove(one.which % times.length)
          else if (one.do === 'advance') {
            now += one.span
            const expected = times.filter((time) => time <= now).sort((a, b) => a - b)
            const due: number[] = []
            for (let slot = wheel.due(now, 10_000); slot >= 0; slot = wheel.due(now, 10_000)) {
              due.push(times[slot] as number)
              remove(slot)
            }
            assert.deepEqual(
              due.sort((a, b) => a - b),
              expected,
            )
            assert.equal(wheel.next() <= Math.min(...times, Infinity), true)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
