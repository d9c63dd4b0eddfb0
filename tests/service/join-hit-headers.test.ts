import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HeaderValues, HitHeaders } from '../../src/http/front/hit-headers.ts'
import { joinHitHeaders } from '../../src/service/join-hit-headers.ts'

/** Returns what it received, with the status; nothing if it received nothing. */
function echo(reads: string[]): HitHeaders {
  return {
    reads,
    sets: reads.map((name) => `${name}-back`),
    values(received, status) {
      if (received.includes('route')) return 'route'
      return received.length === 0 || received.every((value) => value === undefined)
        ? undefined
        : received.map((value) => value && `${value} ${status}`)
    },
  }
}

describe('joinHitHeaders', () => {
  it('is undefined for none, and the only one itself', () => {
    const one = echo(['a'])
    assert.equal(joinHitHeaders([]), undefined)
    assert.equal(joinHitHeaders([one]), one)
  })

  it('passes each its own request headers, and keeps the order of the names', () => {
    const joined = joinHitHeaders([echo(['a', 'b']), echo(['c'])])
    assert.deepEqual(joined?.reads, ['a', 'b', 'c'])
    assert.deepEqual(joined?.sets, ['a-back', 'b-back', 'c-back'])
    const cases: [HeaderValues, ReturnType<HitHeaders['values']>][] = [
      [
        ['1', '2', '3'],
        ['1 200', '2 200', '3 200'],
      ],
      [
        [undefined, '2', undefined],
        [undefined, '2 200', undefined],
      ],
      [
        [undefined, undefined, '3'],
        [undefined, undefined, '3 200'],
      ],
      [[undefined, undefined, undefined], undefined],
      [[], undefined],
      [['1', '2', 'route'], 'route'],
      [['route', '2', '3'], 'route'],
    ]
    for (const [received, expected] of cases) assert.deepEqual(joined?.values(received, 200), expected)
  })
})
