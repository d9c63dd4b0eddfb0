import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRegistry } from '../../../src/metrics/index.ts'
import { startDiscardedTimer } from '../../../src/metrics/kinds/start-timer.ts'

/** A registry whose clock is a variable. */
function begin() {
  let timeMs = 1000
  const errors: string[] = []
  const registry = createRegistry({ timer: () => timeMs, onError: (error) => errors.push(String(error)) })
  const totals = () => {
    const family = registry.collect().families[0]
    const names = family?.series.map(({ text }) => text) ?? []
    const width = (family?.values.length ?? 0) / names.length
    return names.map((text, i) => [text, family?.values[(i + 1) * width - 1]])
  }
  const pass = (ms: number) => {
    timeMs += ms
  }
  return { registry, errors, totals, pass }
}

describe('startTimer', () => {
  it('a timer of a histogram observes seconds, at each call of the end, and returns them', () => {
    const { registry, errors, totals, pass } = begin()
    const histogram = registry.histogram({
      name: 'job_duration_seconds',
      help: 'J.',
      buckets: [1],
      scale: 1000,
    })
    const end = histogram.startTimer()
    pass(250)
    assert.equal(end(), 0.25)
    pass(1250)
    assert.equal(end({ trace_id: 'x' }), 1.5)
    assert.deepEqual(totals(), [['', 1750]])
    const [family] = registry.collect().families
    assert.partialDeepStrictEqual(family, {
      exemplars: [[undefined, { labels: { trace_id: 'x' }, value: 1.5 }]],
    })
    assert.deepEqual(errors, [])
  })

  it('labels are given at the start, at the end, or in part at each', () => {
    const { registry, errors, totals, pass } = begin()
    const histogram = registry.histogram({
      name: 'a_seconds',
      help: 'A.',
      buckets: [1],
      scale: 1000,
      labels: { method: ['GET', 'PUT'], status: { max: 9 } },
    })
    const ends = [
      histogram.startTimer(),
      histogram.startTimer({ method: 'GET' }),
      histogram.startTimer({ method: 'GET', status: '500' }),
    ]
    pass(100)
    ends[0]?.({ method: 'PUT', status: '200' })
    ends[1]?.({ status: '200' })
    assert.equal(ends[2]?.({ status: '404' }), 0.1)
    ends[2]?.()
    histogram.with({ method: 'PUT', status: '200' }).startTimer()()
    assert.deepEqual(totals(), [
      ['method="PUT",status="200"', 100],
      ['method="GET",status="200"', 100],
      ['method="GET",status="404"', 100],
      ['method="GET",status="500"', 100],
    ])
    // @ts-expect-error no such method
    histogram.startTimer({ method: 'POST' })
    assert.deepEqual(errors, [])
    assert.equal(ends[1]?.(), 0.1)
    assert.deepEqual(errors, ['TypeError: a_seconds: labels must be method, status, got method'])
  })

  it('a timer of a gauge sets it', () => {
    const { registry, totals, pass } = begin()
    const labels = { of: ['x', 'y'] } as const
    const gauge = registry.gauge({ name: 'a_seconds', help: 'A.', labels })
    const ends = [gauge.with({ of: 'x' }).startTimer(), gauge.startTimer({ of: 'y' })]
    for (const end of ends) {
      pass(500)
      end()
    }
    assert.deepEqual(totals(), [
      ['of="x"', 0.5],
      ['of="y"', 1],
    ])
    const latest = registry.gauge({ name: 'b_seconds', help: 'B.', threads: 'latest' }).startTimer()
    pass(250)
    assert.equal(latest(), 0.25)
  })

  it('the unit of the metric, or the last part of its name, is the unit of the timer', () => {
    for (const [name, unit, expected] of [
      ['a_milliseconds', undefined, 90_000],
      ['a_milliseconds', 'milliseconds', 90_000],
      ['a_microseconds', undefined, 9e7],
      ['a_nanoseconds', undefined, 9e10],
      ['a_minutes', 'minutes', 1.5],
      ['a_hours', undefined, 0.025],
      ['a_duration', undefined, 90],
      ['a', undefined, 90],
    ] as const) {
      const { registry, errors, pass } = begin()
      const gauge = registry.gauge({ name, help: 'A.', ...(unit ? { unit } : {}) })
      const end = gauge.startTimer()
      pass(90_000)
      assert.ok(Math.abs(end() - expected) < 1e-9 * expected, name)
      assert.deepEqual(errors, [])
    }
  })

  it('a metric of another unit stores nothing, and reports that', () => {
    for (const [name, unit] of [
      ['a_bytes', undefined],
      ['a_requests', 'requests'],
    ] as const) {
      const { registry, errors, totals, pass } = begin()
      const end = registry.gauge({ name, help: 'A.', ...(unit ? { unit } : {}) }).startTimer()
      pass(2000)
      assert.equal(end(), 2)
      assert.deepEqual(totals(), [['', 0]])
      assert.match(
        errors.join(),
        /^TypeError: a_\w+: startTimer is for metrics of time, and the unit is \w+$/,
      )
    }
  })

  it('no timer throws, whatever labels it is given', () => {
    const { registry, errors, totals } = begin()
    const histogram = registry.histogram({ name: 'a', help: 'A.', native: true, labels: { of: { max: 1 } } })
    const hostile = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('ownKeys')
        },
      },
    )
    for (const labels of [null, 1n, 'x', [], hostile, { of: 1 }] as never[]) {
      histogram.startTimer(labels)()
      histogram.startTimer()(labels, labels)
    }
    assert.deepEqual(totals(), [])
    assert.equal(errors.length, 1)
    const family = registry.collect().families.find(({ name }) => name === 'metrics_errors_total')
    assert.deepEqual(family?.values, [12])
  })

  it('the timer of a rejected series returns seconds', () => {
    const end = startDiscardedTimer()
    assert.ok(end() >= 0 && end() < 60)
    const { registry } = begin()
    const gauge = registry.gauge({ name: 'a', help: 'A.', labels: { of: ['x'] } })
    assert.equal(typeof gauge.with({ of: 'y' as 'x' }).startTimer()(), 'number')
  })
})
