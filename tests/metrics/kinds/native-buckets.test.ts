import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { HistogramShape } from '../../../src/metrics/index.ts'
import { strictRegistry } from '../../support/strict-registry.ts'

const schemas = [0, 1, 2, 3, 4, 5, 6, 7, 8]
const scales = [1, 1000, 12345, 1e9]

/** The snapshot of a histogram with these observations. */
function observed(shape: HistogramShape, values: readonly number[]) {
  const registry = strictRegistry()
  const histogram = registry.histogram({ name: 'h', help: 'H.', ...shape })
  for (const value of values) histogram.observe(value)
  const [family] = registry.collect().families
  assert.ok(family?.type === 'histogram')
  const { zeroCount = 0, indexes = [], counts = [] } = family.native?.series[0] ?? {}
  const buckets = new Map(indexes.map((index, i) => [index, counts[i] ?? 0]))
  return { ...family, zeroThreshold: family.native?.zeroThreshold ?? Number.NaN, zeroCount, indexes, buckets }
}

/**
 * The doubles nearest to 2^(1/n), 2^(2/n) ... 2, the bounds of all Prometheus clients. Computed with integers of 200 bits,
 * unlike in the tested code.
 */
function boundsOfOctave(schema: number): number[] {
  const digits = 200n
  const one = 1n << digits
  let factor = 2n * one
  for (let i = 0; i < schema; i++) factor = squareRoot(factor * one)
  const bounds: number[] = []
  let exact = one
  for (let i = 1; i < 2 ** schema; i++) {
    exact = (exact * factor) / one
    bounds.push(Number(exact) / 2 ** 200)
  }
  return [...bounds, 2]
}

function squareRoot(square: bigint): bigint {
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1)
  for (;;) {
    const better = (root + square / root) >> 1n
    if (better >= root) return root
    root = better
  }
}

const bounds = schemas.map(boundsOfOctave)

/** Index of the first bucket whose upper bound is not below the value. */
function indexOf(value: number, schema: number): number {
  let octave = 0
  let rest = value
  for (; rest >= 2; rest /= 2) octave++
  for (; rest < 1; rest *= 2) octave--
  const above = rest === 1 ? 0 : 1 + (bounds[schema] ?? []).findIndex((bound) => rest <= bound)
  return octave * 2 ** schema + above
}

function neighbour(value: number, by: 1n | -1n): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + by)
  return view.getFloat64(0)
}

describe('a native histogram', () => {
  it('the bounds of this test are those of Prometheus', () => {
    assert.deepEqual(bounds[0], [2])
    assert.deepEqual(bounds[1], [Math.SQRT2, 2])
    assert.equal(bounds[8]?.length, 256)
  })

  it('each bound and the doubles next to it are counted in the right native bucket', () => {
    for (const schema of schemas) {
      for (const scale of scales) {
        const top = Number.MAX_SAFE_INTEGER / scale
        const octaves = [-20, -3, -1, 0, 1, 2, 13, 40].map((exponent) => 2 ** exponent)
        const exact = octaves.flatMap((start) => (bounds[schema] ?? []).map((bound) => start * bound))
        const { zeroThreshold } = observed({ native: { schema }, scale }, [])
        const values = exact
          .flatMap((bound) => [neighbour(bound, -1n), bound, neighbour(bound, 1n)])
          .filter((value) => value > zeroThreshold && value < top)
        const expected = new Map<number, number>()
        for (const value of values) {
          const index = indexOf(value, schema)
          expected.set(index, (expected.get(index) ?? 0) + 1)
        }
        const { buckets, zeroCount, indexes } = observed({ native: { schema }, scale }, values)
        assert.deepEqual(
          buckets,
          new Map([...expected].sort(([a], [b]) => a - b)),
          `schema ${schema}, scale ${scale}`,
        )
        assert.deepEqual(
          indexes,
          [...indexes].sort((a, b) => a - b),
        )
        assert.equal(zeroCount, 0)
      }
    }
  })

  it('any value is counted in the right native bucket', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...schemas),
        fc.constantFrom(...scales),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        fc.integer({ min: -35, max: 52 }),
        (schema, scale, mantissas, exponent) => {
          const top = Number.MAX_SAFE_INTEGER / scale
          const values = mantissas.map((mantissa) => mantissa * 2 ** exponent).filter((value) => value <= top)
          const { buckets, zeroCount, zeroThreshold } = observed({ native: { schema }, scale }, values)
          const expected = new Map<number, number>()
          for (const value of values) {
            if (value <= zeroThreshold) continue
            const index = indexOf(value, schema)
            expected.set(index, (expected.get(index) ?? 0) + 1)
          }
          assert.deepEqual(buckets, new Map([...expected].sort(([a], [b]) => a - b)))
          assert.equal(zeroCount, values.filter((value) => value <= zeroThreshold).length)
        },
      ),
    )
  })

  it('the zero bucket counts values up to a power of two below the scale', () => {
    for (const scale of [...scales, 2, 3, 1024, 1e6, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const { zeroThreshold } = observed({ native: true, scale }, [])
      assert.ok(Number.isInteger(Math.log2(zeroThreshold)))
      assert.equal(Math.round(zeroThreshold * scale), 0, `scale ${scale}`)
      assert.ok(zeroThreshold * scale > 1 / 8)
      for (const schema of schemas) {
        const values = [0, -0, Number.MIN_VALUE, neighbour(zeroThreshold, -1n), zeroThreshold]
        const above = neighbour(zeroThreshold, 1n)
        const { zeroCount, buckets } = observed({ native: { schema }, scale }, [...values, above])
        assert.equal(zeroCount, values.length)
        assert.deepEqual([...buckets], [[indexOf(above, schema), 1]])
      }
    }
  })

  it('the last bucket also counts all numbers above it, and the classic buckets stay exact', () => {
    for (const schema of [0, 8]) {
      for (const scale of [...scales, Number.MAX_SAFE_INTEGER]) {
        const end = observed({ native: { schema }, scale }, []).zeroThreshold * 2 ** 63
        const last = indexOf(end, schema)
        const bounds = [end, end * 8]
        const values = [end, end * 1.01, end * 8, end * 8.01, Number.MAX_VALUE]
        const { buckets, values: counts } = observed({ native: { schema }, buckets: bounds, scale }, values)
        assert.deepEqual([...buckets], [[last, 5]])
        assert.deepEqual(counts.slice(0, 3), [1, 2, 2])
      }
    }
  })

  it('each series of a native histogram has its own buckets', () => {
    const registry = strictRegistry()
    const waits = registry.histogram({
      name: 'h',
      help: 'H.',
      native: true,
      labels: { kind: ['a', 'b', 'c'] },
    })
    for (const value of [0, 1, 4]) waits.with({ kind: 'a' }).observe(value)
    waits.with({ kind: 'c' }).observe(4)
    const [family] = registry.collect().families
    assert.ok(family?.type === 'histogram')
    assert.deepEqual(family.native?.series, [
      { zeroCount: 1, indexes: [0, 16], counts: [1, 1] },
      { zeroCount: 0, indexes: [], counts: [] },
      { zeroCount: 0, indexes: [16], counts: [1] },
    ])
  })

  it('native requires a schema from 0 to 8', () => {
    for (const schema of [-1, 9, 0.5, Number.NaN, '3' as never]) {
      assert.throws(
        () => observed({ native: { schema } }, []),
        /^RangeError: h: native.schema must be a whole number from 0 to 8, got/,
      )
    }
    for (const shape of [{}, { native: false }]) {
      assert.throws(() => observed(shape, []), /^TypeError: h: a histogram needs buckets, native or both$/)
    }
    assert.equal(observed({ native: true }, []).native?.schema, 3)
    assert.equal(observed({ buckets: [1] }, []).native, undefined)
    assert.equal(observed({ buckets: [1], native: false }, []).native, undefined)
  })
})

describe('a histogram with classic and native buckets', () => {
  it('both kinds of buckets count exactly like a histogram with only that kind', () => {
    const scale = fc.constantFrom(...scales)
    // Native bounds, powers of 2, and values in the zero bucket, below 0, and above the largest observation.
    const bound = fc.oneof(
      fc
        .tuple(fc.constantFrom(...schemas), fc.nat(255), fc.integer({ min: -30, max: 30 }))
        .map(([schema, i, octave]) => (bounds[schema]?.[i % 2 ** schema] ?? 1) * 2 ** octave),
      fc.integer({ min: -40, max: 40 }).map((exponent) => 2 ** exponent),
      fc.constantFrom(-1e9, -1, -Number.MIN_VALUE, 0, Number.MIN_VALUE, 1e-12, 1e300, Number.MAX_VALUE),
      fc.double({ min: -10, max: 10, noNaN: true }).map((value) => value + 0),
    )
    const classic = fc
      .uniqueArray(bound, { minLength: 1, maxLength: 12 })
      .map((all) => all.sort((a, b) => a - b))
    const value = fc.oneof(
      bound,
      fc.tuple(bound, fc.constantFrom(1n as const, -1n as const)).map(([near, by]) => neighbour(near, by)),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...schemas),
        scale,
        classic,
        fc.array(value, { maxLength: 30 }),
        (schema, scale, buckets, all) => {
          const values = all.filter((one) => one >= 0 && one <= Number.MAX_SAFE_INTEGER / scale)
          const both = observed({ buckets, native: { schema }, scale }, values)
          assert.deepEqual(both.values, observed({ buckets, scale }, values).values)
          assert.deepEqual(both.native, observed({ native: { schema }, scale }, values).native)
          const direct = [...buckets, Number.POSITIVE_INFINITY].map(
            (bound, i) =>
              values.filter((one) => one <= bound && !(one <= (buckets[i - 1] ?? Number.NEGATIVE_INFINITY)))
                .length,
          )
          assert.deepEqual([...both.values.slice(0, -1)], direct)
        },
      ),
      { numRuns: 300 },
    )
  })
})
