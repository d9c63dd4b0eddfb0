import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRegistry, expose } from '../../../src/metrics/index.ts'
import { ErrorReports, logError } from '../../../src/metrics/series/error-reports.ts'

/** Waits until Node or Bun would have raised `unhandledRejection`. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('ErrorReports', () => {
  it('report counts each error of a metric, and passes on the first', () => {
    const reported: [unknown, string][] = []
    const counted: string[] = []
    const { report } = new ErrorReports(
      (error, metric) => reported.push([error, metric]),
      (metric) => counted.push(metric),
    )
    for (const [error, metric] of [[1, 'a'] as const, [2, 'b'] as const, [3, 'a'] as const])
      report(error, metric)
    assert.deepEqual(reported, [
      [1, 'a'],
      [2, 'b'],
    ])
    assert.deepEqual(counted, ['a', 'b', 'a'])
  })

  it('reset lets the next error of the metric be reported', () => {
    const reported: unknown[] = []
    const reports = new ErrorReports(
      (error) => reported.push(error),
      () => {},
    )
    reports.report(1, 'a')
    reports.reset('a')
    reports.report(2, 'a')
    assert.deepEqual(reported, [1, 2])
  })

  it('an onError that throws gets each error, and report throws what it throws', () => {
    const { report } = new ErrorReports(
      (error) => {
        throw new Error(`strict: ${error}`)
      },
      () => {},
    )
    for (const error of [1, 2]) assert.throws(() => report(error, 'a'), { message: `strict: ${error}` })
  })

  it('an onError that causes an error of the same metric is not called again for it', () => {
    let calls = 0
    const { report } = new ErrorReports(
      () => {
        calls++
        report('again', 'a')
      },
      () => {},
    )
    report('first', 'a')
    assert.equal(calls, 1)
  })

  it('a promise of onError that rejects ends nothing', async () => {
    const unhandled: unknown[] = []
    const listen = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', listen)
    try {
      const { report } = new ErrorReports(
        async () => {
          throw new Error('the log is down')
        },
        () => {},
      )
      report('first', 'a')
      await nextTurn()
      assert.deepEqual(unhandled, [])
    } finally {
      process.off('unhandledRejection', listen)
    }
  })
})

describe('logError', () => {
  it('the log line names the metric and the error, also of an error that has no text', (t) => {
    const lines: unknown[] = []
    t.mock.method(console, 'error', (...line: unknown[]) => lines.push(...line))
    logError(new Error('redis\nis down'), 'queue_length')
    logError(Object.create(null), 'queue_length')
    assert.deepEqual(lines, [
      'hitrate: error of the metric queue_length: Error: redis is down; further errors are counted in metrics_errors_total',
      'hitrate: error of the metric queue_length: a thrown object; further errors are counted in metrics_errors_total',
    ])
  })
})

/** Values that no operation takes; many throw when they are converted or compared. */
const hostile = [
  ...[Symbol('a'), 1n, null, {}, [], '1', true, () => 1, Object.create(null), Number.NaN, -1],
  { valueOf: () => assert.fail('valueOf'), toString: () => assert.fail('toString') },
  new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('ownKeys')
      },
      get() {
        throw new Error('get')
      },
    },
  ),
] as unknown as number[]

describe('metric operations', () => {
  it('no operation throws, whatever it is given, and nothing but valid values is counted', async () => {
    const errors: string[] = []
    const registry = createRegistry({ onError: (_, metric) => errors.push(metric) })
    const plain = {
      a: registry.counter({ name: 'a_total', help: 'A.' }),
      b: registry.gauge({ name: 'b', help: 'B.' }),
      c: registry.histogram({ name: 'c', help: 'C.', buckets: [1] }),
      d: registry.histogram({ name: 'd', help: 'D.', native: true }),
      e: registry.gauge({ name: 'e', help: 'E.', threads: 'latest' }),
    }
    const labels = { k: ['x'], o: { max: 1 } } as const
    const labelled = {
      f: registry.counter({ name: 'f_total', help: 'F.', labels }),
      g: registry.gauge({ name: 'g', help: 'G.', labels }),
      h: registry.histogram({ name: 'h', help: 'H.', buckets: [1], labels }),
      i: registry.info({ name: 'i_info', help: 'I.', labels }),
    }
    const methods = ['inc', 'dec', 'set', 'observe', 'with', 'startTimer']
    type Loose = Record<string, ((...given: unknown[]) => Loose) | undefined>
    for (const metric of [...Object.values(plain), ...Object.values(labelled)] as unknown as Loose[]) {
      for (const method of methods) {
        for (const value of hostile) {
          if (method === 'set' && typeof value === 'number') continue // valid
          if (method !== 'with' && metric === (plain.b as unknown) && value === -1) continue // valid
          metric[method]?.(value)
          metric[method]?.(value, value)
          for (const inner of methods) metric.with?.(value)?.[inner]?.(value)
          for (const inner of methods) metric.with?.({ k: value, o: 'y' })?.[inner]?.(value)
          for (const inner of methods) metric.with?.({ k: 'x', o: value })?.[inner]?.(value)
        }
      }
    }
    const text = (await expose(registry)).body as string
    const samples = text.match(/^[a-h](?:_total|_count)?(?:\{.*\})? .*$/gm)
    const bound = ['f_total', 'g', 'h_count'].map((name) => `${name}{k="x",o="1"} 0`)
    assert.deepEqual(samples, ['a_total 0', 'b 0', 'c_count 0', 'd_count 0', 'e 0', ...bound])
    assert.deepEqual(errors.sort(), ['a_total', 'b', 'c', 'd', 'e', 'f_total', 'g', 'h', 'i_info'])
    for (const metric of errors)
      assert.match(text, new RegExp(`^metrics_errors_total\\{metric="${metric}"\\} [1-9]`, 'm'))
  })

  it('each error is counted, in every thread', () => {
    const options = { onError: () => {} }
    const main = createRegistry(options)
    const worker = createRegistry(options)
    worker.attach(main.share())
    for (const registry of [main, worker]) {
      const counter = registry.counter({ name: 'a_total', help: 'A.' })
      for (const n of [-1, 0.5]) counter.inc(n)
    }
    const counts = (registry: typeof main) =>
      registry.collect().families.find(({ name }) => name === 'metrics_errors_total')?.values
    assert.deepEqual([...(counts(main) ?? [])], [4])
    assert.deepEqual([...(counts(worker) ?? [])], [4])
  })

  it('without an error there is no metrics_errors_total, and its name is taken', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'a_total', help: 'A.' }).inc()
    assert.doesNotMatch((await expose(registry)).body as string, /metrics_errors/)
    assert.throws(() => registry.counter({ name: 'metrics_errors_total', help: 'E.' }), {
      message: 'metrics_errors_total: the name metrics_errors_total is taken by the registry itself',
    })
  })
})
