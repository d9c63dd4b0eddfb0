import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createIdGenerator } from '../../../src/process/ids/id-generator.ts'

describe('createIdGenerator()', () => {
  it('returns the ids of xoshiro128++', () => {
    // The first words of the reference implementation with the state 1, 2, 3, 4.
    const words = [641, 1573767, 3222811527, 3517856514]
    const { traceId } = createIdGenerator(() => new Uint32Array([1, 2, 3, 4]))
    assert.equal(traceId(), words.map((word) => word.toString(16).padStart(8, '0')).join(''))
  })

  it('returns ids of the length that a trace demands, none of them twice', () => {
    const { traceId, spanId } = createIdGenerator()
    const ids = Array.from({ length: 10_000 }, () => [traceId(), spanId()] as const)
    for (const [trace, span] of ids) {
      assert.match(trace, /^[\da-f]{32}$/)
      assert.match(span, /^[\da-f]{16}$/)
    }
    assert.equal(new Set(ids.flat()).size, 20_000)
  })

  it('takes its seed at the first id and only once, and leaves it unchanged', () => {
    const seed = new Uint32Array([5, 6, 7, 8])
    let calls = 0
    const { spanId } = createIdGenerator(() => {
      calls++
      return seed
    })
    assert.equal(calls, 0)
    assert.notEqual(spanId(), spanId())
    assert.equal(calls, 1)
    assert.deepEqual([...seed], [5, 6, 7, 8])
  })

  it('differs from another generator, and works with a seed of zeros', () => {
    assert.notEqual(createIdGenerator().traceId(), createIdGenerator().traceId())
    assert.notEqual(createIdGenerator(() => new Uint32Array(4)).traceId(), '0'.repeat(32))
  })
})
