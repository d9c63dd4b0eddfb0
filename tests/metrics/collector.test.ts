import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry, expose, type Registry, type RegistryOptions } from '../../src/metrics/index.ts'

/** A registry with a variable as its clock. */
function begin(options: RegistryOptions = {}) {
  const errors: string[] = []
  const timers: { run: () => void; ms: number; isCancelled: boolean }[] = []
  let timeMs = 0
  const registry = createRegistry({
    onError: (error, metric) => errors.push(`${metric}: ${error}`),
    timer: () => timeMs,
    schedule(run, ms) {
      const timer = { run, ms, isCancelled: false }
      timers.push(timer)
      return () => {
        timer.isCancelled = true
      }
    },
    ...options,
  })
  return {
    registry,
    errors,
    timers,
    advance: (ms: number) => {
      timeMs += ms
    },
  }
}

const samplesOf = (text: unknown) => String(text).match(/^[^#\n].*$/gm) ?? []
const samples = (registry: Registry) => samplesOf(renderText(registry.collect()))
const samplesLater = async (registry: Registry, deadlineMs?: number) =>
  samplesOf(renderText(await registry.collectAsync(deadlineMs === undefined ? {} : { deadlineMs })))

/** Resolves after all microtasks, and after Node or Bun would have raised `unhandledRejection`. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('collectAsync', () => {
  it('values of promises are shown beside the counts, and agree with them', async () => {
    const { registry, errors, timers } = begin()
    const jobs = registry.counter({ name: 'jobs_total', help: 'J.' })
    const labels = { queue: { max: 2 } }
    registry.gauge({
      name: 'twice',
      help: 'T.',
      value: async (read) => {
        await nextTurn()
        jobs.inc() // not in the readings of this scrape
        return 2 * read(jobs)
      },
    })
    registry.counter({
      name: 'done_total',
      help: 'D.',
      labels,
      values: async () => [
        [{ queue: 'a' }, 1],
        [{ queue: 'b' }, 2],
        [{ queue: 'c' }, 3],
      ],
    })
    registry.gauge({ name: 'mine', help: 'M.', threads: 'sum', value: async () => 4 })
    registry.gauge({
      name: 'each',
      help: 'E.',
      threads: 'max',
      labels,
      values: async () => new Map([[{ queue: 'a' }, 5]]),
    })
    registry.gauge({ name: 'plain', help: 'P.', value: () => 6 })
    jobs.inc(3)
    assert.deepEqual((await samplesLater(registry)).slice(0, 8), [
      'jobs_total 3',
      'twice 6',
      'done_total{queue="a"} 1',
      'done_total{queue="b"} 2',
      'done_total{queue="other"} 3',
      'mine 4',
      'each{queue="a"} 5',
      'plain 6',
    ])
    assert.deepEqual(errors, [])
    assert.deepEqual(
      timers.map(({ ms, isCancelled }) => [ms, isCancelled]),
      [[5000, true]],
    )
  })

  it('without promises nothing is scheduled', async () => {
    const { registry, timers } = begin()
    registry.gauge({ name: 'a', help: 'A.', value: () => 1 })
    assert.deepEqual(await samplesLater(registry), ['a 1'])
    assert.deepEqual(timers, [])
  })

  it('a callback that is late or fails costs its own samples, and is counted', async () => {
    const { registry, errors, timers } = begin()
    let isCalled = 0
    registry.gauge({
      name: 'slow',
      help: 'S.',
      value: () => {
        isCalled++
        return new Promise<number>(() => {})
      },
    })
    registry.gauge({ name: 'mine', help: 'M.', threads: 'sum', value: () => new Promise<number>(() => {}) })
    registry.gauge({ name: 'failed', help: 'F.', value: () => Promise.reject(new Error('redis is down')) })
    registry.gauge({ name: 'wrong', help: 'W.', value: async () => '1' as unknown as number })
    registry.gauge({ name: 'good', help: 'G.', value: async () => 1 })
    for (let scrape = 1; scrape <= 2; scrape++) {
      const text = registry.collectAsync({ deadlineMs: 70 })
      await nextTurn()
      assert.equal(timers.at(-1)?.ms, 70)
      timers.at(-1)?.run()
      const lines = renderText(await text)
      assert.deepEqual(
        samplesOf(lines).filter((line) => !line.startsWith('metrics_')),
        ['mine NaN', 'good 1'],
      )
      assert.match(lines, /^# HELP slow S\.\n# TYPE slow gauge\n# HELP mine M\.$/m)
    }
    assert.equal(isCalled, 1, 'the call that is still running is joined')
    assert.deepEqual(errors.sort(), [
      'failed: Error: redis is down',
      'mine: TimeoutError: mine: the callback has not settled within 70 ms',
      'slow: TimeoutError: slow: the callback has not settled within 70 ms',
      'wrong: TypeError: wrong: the computed value must be a number, got string',
    ])
    assert.deepEqual(
      samples(registry).filter((line) => line.startsWith('metrics_')),
      ['mine', 'slow', 'failed', 'wrong', 'good'].map(
        (metric) => `metrics_errors_total{metric="${metric}"} ${metric === 'good' ? 0 : 2}`,
      ),
    )
  })

  it('two scrapes at once share the calls, and each keeps its own deadline and counts', async () => {
    const { registry, timers } = begin()
    const jobs = registry.counter({ name: 'jobs_total', help: 'J.' })
    const { promise, resolve } = Promise.withResolvers<number>()
    let calls = 0
    registry.gauge({
      name: 'shared',
      help: 'S.',
      value: () => {
        calls++
        return promise
      },
    })
    const first = samplesLater(registry, 10)
    jobs.inc()
    const second = samplesLater(registry, 20)
    timers[0]?.run()
    assert.deepEqual((await first).slice(0, 1), ['jobs_total 0'])
    resolve(9)
    assert.deepEqual((await second).slice(0, 2), ['jobs_total 1', 'shared 9'])
    assert.equal(calls, 1)
  })

  it('the value of a gauge per thread is stored when it comes after the deadline', async () => {
    const { registry, timers } = begin()
    const { promise, resolve } = Promise.withResolvers<number>()
    registry.gauge({ name: 'late', help: 'L.', threads: 'sum', value: () => promise })
    const scrape = samplesLater(registry)
    timers[0]?.run()
    assert.deepEqual((await scrape).slice(0, 1), ['late NaN'])
    resolve(3)
    await nextTurn()
    assert.deepEqual(samples(registry).slice(0, 1), ['late 3'])
  })

  it('collectAsync takes a deadline from 0 to Infinity', async () => {
    const { registry, timers } = begin()
    registry.gauge({ name: 'a', help: 'A.', value: async () => 1 })
    await registry.collectAsync({ deadlineMs: Number.POSITIVE_INFINITY })
    assert.equal(timers.length, 0)
    await registry.collectAsync({ deadlineMs: 1e12 })
    assert.equal(timers[0]?.ms, 2 ** 31 - 1)
    const wrong = [-1, Number.NaN, '5'] as number[]
    for (const deadlineMs of wrong) {
      await assert.rejects(
        async () => registry.collectAsync({ deadlineMs }),
        /collectAsync: deadlineMs must be/,
      )
    }
  })

  it('a rejection ends nothing, whoever has called the callback, also if onError throws', async () => {
    const unhandled: unknown[] = []
    const listen = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', listen)
    try {
      for (const onError of [
        () => {},
        (error: unknown) => {
          throw error
        },
      ]) {
        const { registry } = begin({ onError })
        const fail = async () => {
          await nextTurn()
          throw new Error('broken')
        }
        registry.gauge({ name: 'a', help: 'A.', value: fail })
        registry.gauge({ name: 'b', help: 'B.', labels: { l: ['x'] }, values: fail })
        registry.gauge({ name: 'c', help: 'C.', threads: 'sum', value: fail })
        // Each call alone first, so that nothing else waits for its promises.
        const calls = [
          () => registry.collect(),
          () => registry.publish(),
          () => registry.collectAsync({ deadlineMs: Number.POSITIVE_INFINITY }).catch(() => {}),
        ]
        for (const call of [...calls, ...calls]) {
          await call()
          for (let turn = 0; turn < 3; turn++) await nextTurn()
        }
      }
      assert.deepEqual(unhandled, [])
    } finally {
      process.off('unhandledRejection', listen)
    }
  })

  it('a scrape rejects if onError throws the error of a promise', async () => {
    const { registry } = begin({
      onError(error) {
        throw error
      },
    })
    registry.gauge({ name: 'a', help: 'A.', value: () => Promise.reject(new Error('broken')) })
    await assert.rejects(expose(registry), /^Error: broken$/)
  })
})

describe('collect', () => {
  it('collect shows no sample of a callback that returns a promise, and does not call it again', async () => {
    const { registry, errors } = begin()
    let calls = 0
    registry.gauge({
      name: 'a',
      help: 'A.',
      value: async () => {
        calls++
        return 1
      },
    })
    registry.gauge({ name: 'b', help: 'B.', threads: 'sum', value: async () => 2 })
    registry.gauge({ name: 'c', help: 'C.', value: () => 3 })
    const own = () => samples(registry).filter((line) => !line.startsWith('metrics_'))
    assert.deepEqual(own(), ['b 0', 'c 3'])
    assert.equal(calls, 1)
    await samplesLater(registry)
    assert.deepEqual(own(), ['b 2', 'c 3'])
    assert.equal(calls, 1)
    assert.deepEqual(errors, [])
  })

  for (const method of ['collect', 'collectAsync', 'publish'] as const) {
    it(`a callback that calls ${method} is reported, and does not call itself`, async () => {
      const { registry, errors } = begin()
      const value = () => {
        void registry[method]()
        return 1
      }
      registry.gauge({ name: 'a', help: 'A.', value })
      registry.gauge({ name: 'b', help: 'B.', threads: 'sum', value })
      registry.gauge({
        name: 'c',
        help: 'C.',
        labels: { l: ['x'] },
        *values() {
          yield [{ l: 'x' }, value()]
        },
      })
      assert.deepEqual((await samplesLater(registry)).slice(0, 3), ['a 1', 'b 1', 'c{l="x"} 1'])
      const called = method === 'publish' ? 'publish' : 'collect'
      assert.deepEqual(
        errors.sort(),
        ['a', 'b', 'c'].map(
          (name) =>
            `${name}: Error: ${name}: its callback calls ${called}, which would call the callback again`,
        ),
      )
    })
  }
})

describe('publish', () => {
  it('publish stores NaN if a promise has not settled after 5 s', async () => {
    const { registry, errors, advance } = begin()
    const pending = Promise.withResolvers<number>()
    let value: unknown = 1
    registry.gauge({ name: 'a', help: 'A.', threads: 'sum', value: () => value as number })
    registry.publish()
    value = pending.promise
    for (const expected of ['a 1', 'a 1', 'a NaN']) {
      registry.publish()
      assert.deepEqual(samples(registry).slice(0, 1), [expected])
      advance(2500)
    }
    assert.deepEqual(errors, ['a: TimeoutError: a: the callback has not settled within 5000 ms'])
    pending.resolve(2)
    await nextTurn()
    assert.deepEqual(samples(registry).slice(0, 1), ['a 2'])
  })
})
