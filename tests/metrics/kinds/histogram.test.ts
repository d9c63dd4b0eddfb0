import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { strictRegistry, textWithoutErrors } from '../../support/strict-registry.ts'

describe('a histogram', () => {
  it('an observation counts in the first bucket whose bound is not below it, and in all above', () => {
    const registry = strictRegistry()
    const durations = registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [0.005, 0.1, 1] })
    for (const seconds of [0, 0.004, 0.005, 0.0050001, 0.1, 0.5, 1, 1.25]) durations.observe(seconds)
    assert.equal(
      textWithoutErrors(registry),
      `# HELP d_seconds D.
# TYPE d_seconds histogram
d_seconds_bucket{le="0.005"} 3
d_seconds_bucket{le="0.1"} 5
d_seconds_bucket{le="1"} 7
d_seconds_bucket{le="+Inf"} 8
d_seconds_sum 2.8640001
d_seconds_count 8
`,
    )
  })

  it('a histogram with closed labels is shown from the start, all zeros', () => {
    const registry = strictRegistry()
    registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1], labels: { result: ['ok', 'error'] } })
    assert.equal(
      textWithoutErrors(registry),
      `# HELP d_seconds D.
# TYPE d_seconds histogram
d_seconds_bucket{result="ok",le="1"} 0
d_seconds_bucket{result="ok",le="+Inf"} 0
d_seconds_sum{result="ok"} 0
d_seconds_count{result="ok"} 0
d_seconds_bucket{result="error",le="1"} 0
d_seconds_bucket{result="error",le="+Inf"} 0
d_seconds_sum{result="error"} 0
d_seconds_count{result="error"} 0
`,
    )
  })

  it('the sum is exact to nanoseconds, for tenths of a second and for long durations', () => {
    const registry = strictRegistry()
    const durations = registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1] })
    for (let i = 0; i < 30; i++) durations.observe(0.1)
    durations.observe(3600.000000001)
    assert.equal(sumOf(textWithoutErrors(registry)), '3603.000000001')
  })

  it('the sum uses the unit of the option scale', () => {
    const registry = strictRegistry()
    const sizes = registry.histogram({ name: 'size_bytes', help: 'S.', buckets: [1e3, 1e6], scale: 1 })
    sizes.observe(2 ** 40)
    sizes.observe(2 ** 40 + 1)
    assert.equal(sumOf(textWithoutErrors(registry)), `${2 ** 41 + 1}`)
  })

  it('the sum of any whole nanoseconds is exact', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(), fc.nat(2 ** 40)), { maxLength: 20 }), (nanoseconds) => {
        const registry = strictRegistry()
        const durations = registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1] })
        for (const n of nanoseconds) durations.observe(n / 1e9)
        assert.equal(
          sumOf(textWithoutErrors(registry)),
          `${nanoseconds.reduce((sum, n) => sum + n, 0) / 1e9}`,
        )
      }),
    )
  })

  it('observe rejects values that the sum cannot hold, and changes nothing', () => {
    const registry = strictRegistry()
    const durations = registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1] })
    durations.observe(0.5)
    const before = textWithoutErrors(registry)
    for (const value of [
      Number.NaN,
      -1,
      -1e-12,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      9007200,
    ]) {
      assert.throws(
        () => durations.observe(value),
        /^RangeError: d_seconds: observe takes a number/,
        `${value}`,
      )
    }
    for (const value of ['1', null, undefined, {}, [1]] as unknown as number[]) {
      assert.throws(() => durations.observe(value), /^RangeError: d_seconds: observe takes a number/)
    }
    assert.equal(textWithoutErrors(registry), before)
  })

  it('labels are bound before observe, and only once', () => {
    const registry = strictRegistry()
    const d = registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1], labels: { result: ['ok'] } })
    // @ts-expect-error its labels are not bound
    assert.throws(() => d.observe(1), /^TypeError: d_seconds has labels: bind them first/)
    // @ts-expect-error its labels are bound
    assert.throws(() => d.with({ result: 'ok' }).with({}), /^TypeError: d_seconds: its labels are bound/)
  })

  it('buckets must be finite and ascend, and scale must be a whole number', () => {
    const declare = (buckets: number[], scale?: number) =>
      strictRegistry().histogram({
        name: 'd_seconds',
        help: 'D.',
        buckets,
        ...(scale === undefined ? {} : { scale }),
      })
    assert.throws(() => declare([]), /^RangeError: d_seconds: buckets is empty/)
    assert.throws(() => declare([1, 1]), /^RangeError: d_seconds: buckets must ascend, got 1 after 1$/)
    assert.throws(() => declare([1, 0.5]), /^RangeError: d_seconds: buckets must ascend, got 0.5 after 1$/)
    for (const bound of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      '1' as unknown as number,
    ]) {
      assert.throws(() => declare([0, bound]), /^RangeError: d_seconds: buckets must be finite numbers, got /)
    }
    for (const scale of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => declare([1], scale), /^RangeError: d_seconds: scale must be a whole number/)
    }
  })

  it('buckets do not change with the declared array', () => {
    const registry = strictRegistry()
    const buckets = [1, 2]
    const durations = registry.histogram({ name: 'd_seconds', help: 'D.', buckets })
    buckets.reverse()
    durations.observe(1)
    assert.match(textWithoutErrors(registry), /{le="1"} 1\n.*{le="2"} 1\n/)
  })
})

function sumOf(text: string): string | undefined {
  return /_sum (.*)\n/.exec(text)?.[1]
}
