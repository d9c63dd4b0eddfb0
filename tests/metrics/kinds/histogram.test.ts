import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Registry } from '../../../src/metrics/index.ts'
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
    for (const value of [Number.NaN, -1, -1e-12, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.throws(
        () => durations.observe(value),
        /^RangeError: d_seconds: observe takes a finite number/,
        `${value}`,
      )
    }
    for (const value of ['1', null, undefined, {}, [1]] as unknown as number[]) {
      assert.throws(() => durations.observe(value), /^RangeError: d_seconds: observe takes a finite number/)
    }
    assert.equal(textWithoutErrors(registry), before)
  })

  it('any finite number from 0 is counted, and the sum never falls or wraps', () => {
    for (const native of [false, true]) {
      const registry = strictRegistry()
      const sizes = registry.histogram({ name: 'size_bytes', help: 'S.', buckets: [1e3, 1e6], native })
      const waits = registry.histogram({ name: 'wait_seconds', help: 'W.', buckets: [1], native })
      const sums = () => {
        const text = textWithoutErrors(registry)
        return ['size_bytes', 'wait_seconds'].map((name) =>
          Number(new RegExp(`^${name}_sum (.*)$`, 'm').exec(text)?.[1]),
        )
      }
      let [earlier = Number.NaN, earlierWait = Number.NaN] = sums()
      let exact = 0
      const observed = [
        10_000_000,
        9.2e9,
        0.4,
        2 ** 53,
        2 ** 53,
        2 ** 62,
        2 ** 62,
        2 ** 63,
        1,
        1e19,
        1e300,
        1,
      ]
      for (const value of [...observed, Number.MAX_VALUE, Number.MAX_VALUE, 5]) {
        sizes.observe(value)
        waits.observe(value)
        exact += value
        const [sum = Number.NaN, wait = Number.NaN] = sums()
        assert.ok(
          sum >= earlier && wait >= earlierWait,
          `${value}: ${earlier} ${sum}, ${earlierWait} ${wait}`,
        )
        if (exact < Number.MAX_VALUE) {
          assert.ok(Math.abs(sum - exact) <= exact * 1e-15 + 1, `${exact} ${sum}`)
          if (exact < 1e299) assert.ok(Math.abs(wait - exact) <= exact * 1e-15, `${exact} ${wait}`)
        }
        earlier = sum
        earlierWait = wait
      }
      assert.equal(earlier, Number.MAX_VALUE)
      assert.match(textWithoutErrors(registry), /^size_bytes_count 15$/m)
    }
  })

  it('a sum of many observations passes the end of its integer cell', () => {
    const registry = strictRegistry()
    const waits = registry.histogram({ name: 'wait', help: 'W.', buckets: [1], scale: 2 ** 52 })
    const exact = 5000
    for (let i = 0; i < exact; i++) waits.observe(1) // the cell ends at 2048
    assert.equal(sumOf(textWithoutErrors(registry)), `${exact}`)
    let total = 0
    registry.gauge({ name: 'read', help: 'R.', value: (read) => (total = read(waits).sum) })
    registry.collect()
    assert.equal(total, exact)
  })

  it('sums of several threads, and of a thread that has ended, are added up beyond the integer cells', () => {
    const main = strictRegistry()
    const declare = (registry: Registry) =>
      registry.histogram({ name: 'wait', help: 'W.', buckets: [1], scale: 2 ** 52 })
    const counter = (registry: Registry) => registry.counter({ name: 'c_total', help: 'C.' })
    const count = (registry: Registry) => {
      for (let i = 0; i < 3000; i++) declare(registry).observe(1)
      for (let i = 0; i < 2000; i++) counter(registry).inc(2 ** 52)
    }
    count(main)
    for (let thread = 0; thread < 2; thread++) {
      const place = main.share() // the second thread takes over the cells of the first
      const worker = strictRegistry()
      count(worker)
      worker.attach(place)
      count(worker)
      main.release(place)
    }
    const text = textWithoutErrors(main)
    assert.equal(sumOf(text), '15000')
    assert.match(text, new RegExp(`^c_total ${10_000 * 2 ** 52}$`, 'm'))
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
