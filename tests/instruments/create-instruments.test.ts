import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createCache } from '../../src/cache/create-cache.ts'
import { type CacheEvent, type Outcome, outcomes } from '../../src/cache/events.ts'
import { createInstruments, type Instruments } from '../../src/instruments/create-instruments.ts'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry, type ProcessReaders } from '../../src/metrics/index.ts'
import { createApp } from '../../src/service/app.ts'
import { DEFAULT_TARGETED_CONTROL } from '../../src/service/default-targeted-control.ts'
import { inMemoryRepository } from '../../src/service/users/in-memory.ts'
import { RepositoryError } from '../../src/service/users/repository.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { skipUnless } from '../support/installed.ts'
import { samplesOf } from '../support/samples.ts'
import { watchedCache } from '../support/watched-cache.ts'

interface Instrumented {
  instruments: Instruments
  text: () => string
  /** The samples of a scrape, by name with labels. */
  scrape: () => Map<string, number>
}

function instrumented(process?: ProcessReaders): Instrumented {
  const failures: unknown[] = []
  const registry = createRegistry({ onError: (error) => failures.push(error) })
  const instruments = createInstruments({
    registry,
    version: '1.2.3',
    runtime: 'test',
    ...(process && { process }),
  })

  function text(): string {
    const rendered = renderText(registry.collect())
    assert.deepEqual(failures, [])
    return rendered
  }

  return { instruments, text, scrape: () => samplesOf(text()) }
}

function read(outcome: Outcome, durationMs = 0, cache = 'hitrate', tier?: 'memory' | 'remote'): CacheEvent {
  return { type: 'read', cache, outcome, tier, durationMs }
}

/** All samples of one family. */
function family(samples: Map<string, number>, name: string): Map<string, number> {
  return new Map([...samples].filter(([sample]) => sample.startsWith(`${name}{`)))
}

const total = (numbers: Iterable<number>) => [...numbers].reduce((sum, number) => sum + number, 0)

describe('a new set of instruments', () => {
  it('no series of a cache is shown, but the six metrics are shown as 0', () => {
    const samples = instrumented().scrape()
    const ofCaches = [...samples].filter(([name]) => name.startsWith('cache_'))
    assert.deepEqual(ofCaches, [
      ['cache_hits_total', 0],
      ['cache_misses_total', 0],
      ['cache_errors_total', 0],
      ['cache_hit_rate', 0],
      ['cache_error_rate', 0],
      ['cache_avg_latency_us', 0],
    ])
    assert.equal(samples.get('http_requests_in_flight'), 0)
    assert.equal(samples.get('hitrate_build_info{version="1.2.3",runtime="test"}'), 1)
    for (const name of samples.keys()) assert.doesNotMatch(name, /^process_/)
  })

  it('the counters of a watched cache are shown as 0 before its first event', () => {
    const { instruments, scrape } = instrumented()
    instruments.watch(watchedCache('hitrate'))
    const samples = scrape()
    for (const name of [
      'hits_total',
      'misses_total',
      'errors_total',
      'hit_rate',
      'error_rate',
      'avg_latency_us',
    ]) {
      assert.equal(samples.get(`cache_${name}`), 0, name)
    }
    for (const outcome of outcomes) {
      assert.equal(samples.get(`cache_reads_total{cache="hitrate",outcome="${outcome}"}`), 0)
      assert.equal(samples.get(`cache_read_duration_seconds_count{cache="hitrate",outcome="${outcome}"}`), 0)
    }
    for (const result of ['ok', 'error']) {
      assert.equal(samples.get(`cache_loads_total{cache="hitrate",result="${result}"}`), 0)
    }
    const memoryRead = 'cache="hitrate",tier="memory",operation="get"'
    for (const sample of [
      `cache_tier_operations_total{${memoryRead},result="hit"}`,
      `cache_tier_operations_total{${memoryRead},result="miss"}`,
      'cache_evictions_total{cache="hitrate",reason="capacity"}',
      'cache_evictions_total{cache="hitrate",reason="expired"}',
    ]) {
      assert.equal(samples.get(sample), 0, sample)
    }
    for (const scope of ['key', 'tags', 'all']) {
      assert.equal(samples.get(`cache_invalidations_total{cache="hitrate",scope="${scope}"}`), 0)
    }
    for (const kind of ['depends-on', 'reads-variable', 'access-check-behind-cache', 'targeted-control']) {
      assert.equal(samples.get(`cache_warnings_total{cache="hitrate",warning="${kind}"}`), 0)
    }
    // Only caches with a shared tier or a bus have these.
    for (const name of samples.keys()) assert.doesNotMatch(name, /^cache_(tier_operation_duration|lease|bus)/)
  })

  it('a watched cache that is disabled shows its counters, and no tiers', () => {
    const { instruments, scrape } = instrumented()
    const cache = createCache({ enabled: false, memory: memoryStore(), onEvent: instruments.onCacheEvent })
    instruments.watch(cache)
    const samples = scrape()
    assert.equal(samples.get('cache_reads_total{cache="hitrate",outcome="bypass"}'), 0)
    for (const name of samples.keys()) assert.doesNotMatch(name, /^cache_(entries|size|max_size|tier_up)/)
  })

  it('every metric has one HELP and one TYPE', () => {
    const text = instrumented().text()
    const helps = [...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name]) => name)
    const types = [...text.matchAll(/^# TYPE (\S+) \w+$/gm)].map(([, name]) => name)
    assert.deepEqual(helps, types)
    assert.equal(new Set(helps).size, helps.length)
    assert.ok(helps.length > 20)
  })
})

describe('reads', () => {
  it('reads are counted by outcome, and the six metrics are computed from them', () => {
    const { instruments, scrape } = instrumented()
    const truth: [outcome: Outcome, count: number, ms: number][] = [
      ['hit', 50, 0.002],
      ['stale', 10, 0.01],
      ['miss', 15, 20],
      ['coalesced', 5, 10],
      ['error', 20, 100],
      ['bypass', 7, 1000],
    ]
    for (const [outcome, count, ms] of truth) {
      for (let i = 0; i < count; i++) instruments.onCacheEvent(read(outcome, ms))
    }
    const samples = scrape()
    assert.equal(samples.get('cache_hits_total'), 60)
    assert.equal(samples.get('cache_misses_total'), 20)
    assert.equal(samples.get('cache_errors_total'), 20)
    assert.equal(samples.get('cache_hit_rate'), 60 / 80)
    assert.equal(samples.get('cache_error_rate'), 20 / 100)
    const microseconds = 50 * 2 + 10 * 10 + 15 * 20_000 + 5 * 10_000 + 20 * 100_000
    assert.ok(Math.abs((samples.get('cache_avg_latency_us') ?? 0) - microseconds / 100) < 1e-6)
    for (const [outcome, count, ms] of truth) {
      const labels = `{cache="hitrate",outcome="${outcome}"}`
      assert.equal(samples.get(`cache_reads_total${labels}`), count)
      assert.equal(samples.get(`cache_read_duration_seconds_count${labels}`), count)
      const seconds = samples.get(`cache_read_duration_seconds_sum${labels}`) ?? 0
      assert.ok(Math.abs(seconds - (count * ms) / 1000) < 1e-9)
    }
  })

  it('bypasses count in none of the six metrics', () => {
    const { instruments, scrape } = instrumented()
    instruments.onCacheEvent(read('bypass', 1000))
    const samples = scrape()
    for (const name of [
      'hits_total',
      'misses_total',
      'errors_total',
      'hit_rate',
      'error_rate',
      'avg_latency_us',
    ]) {
      assert.equal(samples.get(`cache_${name}`), 0, name)
    }
  })

  it('the six metrics agree with the read families for any number of caches', () => {
    const event = fc.record({
      outcome: fc.constantFrom(...outcomes),
      cache: fc.oneof(
        fc.nat({ max: 40 }).map((i) => `cache ${i}`),
        fc.constantFrom('hitrate', 'other', '"\\\n', '\ud800', '\udc00'),
      ),
      durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const { instruments, scrape } = instrumented()
        for (const { outcome, cache, durationMs } of events)
          instruments.onCacheEvent(read(outcome, durationMs, cache))
        const samples = scrape()
        const of = (family: string, ...wanted: Outcome[]) =>
          total(
            [...samples]
              .filter(
                ([name]) =>
                  name.startsWith(`${family}{`) && wanted.some((one) => name.includes(`outcome="${one}"`)),
              )
              .map(([, value]) => value),
          )
        const truth = (...wanted: Outcome[]) =>
          events.filter(({ outcome }) => wanted.includes(outcome)).length
        for (const [name, ...wanted] of [
          ['cache_hits_total', 'hit', 'stale'],
          ['cache_misses_total', 'miss', 'coalesced'],
          ['cache_errors_total', 'error'],
        ] as [string, ...Outcome[]][]) {
          assert.equal(samples.get(name), truth(...wanted))
          assert.equal(samples.get(name), of('cache_reads_total', ...wanted))
          assert.equal(samples.get(name), of('cache_read_duration_seconds_count', ...wanted))
        }
        assert.equal(of('cache_reads_total', ...outcomes), events.length)
        const counted: Outcome[] = ['hit', 'stale', 'miss', 'coalesced', 'error']
        const count = truth(...counted)
        const mean = count === 0 ? 0 : (of('cache_read_duration_seconds_sum', ...counted) * 1e6) / count
        const shown = samples.get('cache_avg_latency_us') ?? Number.NaN
        assert.ok(Math.abs(shown - mean) <= 1e-9 * Math.max(1, mean), `${shown} ${mean}`)
        const [hits, misses, errors] = [truth('hit', 'stale'), truth('miss', 'coalesced'), truth('error')]
        assert.equal(samples.get('cache_hit_rate'), hits + misses === 0 ? 0 : hits / (hits + misses))
        assert.equal(samples.get('cache_error_rate'), count === 0 ? 0 : errors / count)
      }),
      { numRuns: 60 },
    )
  })

  it('reads of more than 16 caches share the series "other", and none is lost', () => {
    const { instruments, scrape } = instrumented()
    for (let i = 0; i < 40; i++) {
      for (let n = 0; n <= i; n++) instruments.onCacheEvent(read('hit', 1, `cache ${i}`))
    }
    const samples = scrape()
    const reads = family(samples, 'cache_reads_total')
    const names = new Set([...reads.keys()].map((name) => /cache="([^"]*)"/.exec(name)?.[1]))
    assert.equal(names.size, 17)
    assert.ok(names.has('other'))
    assert.equal(reads.get('cache_reads_total{cache="cache 14",outcome="hit"}'), 15)
    assert.equal(samples.get('cache_hits_total'), (40 * 41) / 2)
    assert.equal(total(reads.values()), (40 * 41) / 2)
  })
})

describe('loads and tiers', () => {
  it('loads are counted by result', () => {
    const { instruments, scrape } = instrumented()
    for (const [result, background] of [
      ['ok', false],
      ['ok', true],
      ['error', true],
    ] as const) {
      instruments.onCacheEvent({
        type: 'load',
        cache: 'hitrate',
        result,
        background,
        durationMs: 500,
        error: undefined,
      })
    }
    const samples = scrape()
    assert.equal(samples.get('cache_loads_total{cache="hitrate",result="ok"}'), 2)
    assert.equal(samples.get('cache_loads_total{cache="hitrate",result="error"}'), 1)
    assert.equal(samples.get('cache_load_duration_seconds_sum{cache="hitrate"}'), 1.5)
    assert.equal(samples.get('cache_load_duration_seconds_bucket{cache="hitrate",le="0.5"}'), 3)
    assert.equal(samples.get('cache_load_duration_seconds_bucket{cache="hitrate",le="0.25"}'), 0)
  })

  it('tier operations are counted by result; reads of the memory tier come from read events', () => {
    const { instruments, scrape } = instrumented()
    instruments.onCacheEvent(read('hit', 0, 'hitrate', 'memory'))
    instruments.onCacheEvent(read('stale', 0, 'hitrate', 'memory'))
    instruments.onCacheEvent(read('miss'))
    instruments.onCacheEvent(read('coalesced'))
    instruments.onCacheEvent(read('error'))
    instruments.onCacheEvent(read('bypass'))
    const operations = [
      { operation: 'set', result: 'ok' },
      { operation: 'set', result: 'refused' },
      { operation: 'delete', result: 'absent' },
    ] as const
    for (const one of operations)
      instruments.onCacheEvent({ type: 'tier', cache: 'hitrate', tier: 'memory', ...one })
    instruments.onCacheEvent({ type: 'eviction', cache: 'x', tier: 'memory', reason: 'capacity' })
    instruments.onCacheEvent({ type: 'invalidation', cache: 'x', scope: 'tags', count: 3 })
    const samples = scrape()
    const of = (operation: string, result: string) =>
      samples.get(
        `cache_tier_operations_total{cache="hitrate",tier="memory",operation="${operation}",result="${result}"}`,
      )
    assert.equal(of('get', 'hit'), 2)
    assert.equal(of('get', 'miss'), 3)
    for (const { operation, result } of operations) assert.equal(of(operation, result), 1)
    assert.equal(samples.get('cache_evictions_total{cache="x",reason="capacity"}'), 1)
    assert.equal(samples.get('cache_evictions_total{cache="x",reason="expired"}'), 0)
  })

  it('events of the shared tier are counted only for the cache that has one', () => {
    const { instruments, scrape } = instrumented()
    instruments.onCacheEvent(read('miss', 1, 'local'))
    instruments.onCacheEvent({ type: 'lease', cache: 'shared', result: 'granted' })
    instruments.onCacheEvent({ type: 'lease-wait', cache: 'shared', result: 'value', durationMs: 500 })
    instruments.onCacheEvent({ type: 'bus-message', cache: 'shared', direction: 'received' })
    instruments.onCacheEvent({ type: 'bus-gap', cache: 'shared', reason: 'missing' })
    const samples = scrape()
    assert.equal(samples.get('cache_leases_total{cache="shared",result="granted"}'), 1)
    assert.equal(samples.get('cache_lease_waits_total{cache="shared",result="value"}'), 1)
    assert.equal(samples.get('cache_lease_wait_duration_seconds_sum{cache="shared"}'), 0.5)
    assert.equal(samples.get('cache_bus_messages_total{cache="shared",direction="received"}'), 1)
    assert.equal(samples.get('cache_bus_gaps_total{cache="shared",reason="missing"}'), 1)
    const others = [...samples.keys()].filter(
      (name) => /^cache_(lease|bus)/.test(name) && !name.includes('"shared"'),
    )
    assert.deepEqual(others, [])
  })

  it('each watched cache shows its entries and sizes', async () => {
    const { instruments, scrape } = instrumented()
    const memory = memoryStore({ maxBytes: 50_000 })
    const cache = createCache({ memory, onEvent: instruments.onCacheEvent })
    const users = createCache({ name: 'users', memory: memoryStore({ maxBytes: 7000 }) })
    assert.equal(scrape().has('cache_tier_up{cache="hitrate",tier="memory"}'), false)
    instruments.watch(cache, users)
    await cache.write('a', 'value', { ttlMs: 1000 })
    const samples = scrape()
    assert.equal(samples.get('cache_entries{cache="hitrate"}'), 1)
    assert.equal(samples.get('cache_entries{cache="users"}'), 0)
    assert.equal(samples.get('cache_size_bytes{cache="hitrate"}'), memory.stats().bytes)
    assert.equal(samples.get('cache_max_size_bytes{cache="hitrate"}'), 50_000)
    assert.equal(samples.get('cache_max_size_bytes{cache="users"}'), 7000)
    assert.equal(samples.get('cache_tier_up{cache="hitrate",tier="memory"}'), 1)
  })

  it('the function that watch returned removes the state of its caches, and keeps their counters', () => {
    const { instruments, scrape } = instrumented()
    const users = watchedCache('users', { entries: 3 })
    const endFirst = instruments.watch(users, watchedCache('pages', { entries: 5 }))
    instruments.onCacheEvent(read('hit', 1, 'users'))
    const endSecond = instruments.watch(watchedCache('pages', { entries: 7 }))
    endFirst()
    const state = () =>
      [...scrape()].filter(([name]) => /^cache_(entries|tier_up)/.test(name) && !name.includes('remote'))
    assert.deepEqual(state(), [
      ['cache_tier_up{cache="pages",tier="memory"}', 1], // replaced, so it stays
      ['cache_entries{cache="pages"}', 7],
    ])
    endSecond()
    endSecond()
    assert.deepEqual(state(), [['cache_entries{cache="pages"}', 0]])
    assert.equal(scrape().get('cache_reads_total{cache="users",outcome="hit"}'), 1)
  })

  it('the six metrics are totals over several caches', async () => {
    const { instruments, scrape } = instrumented()
    const { onCacheEvent: onEvent } = instruments
    const pages = createCache({ name: 'pages', memory: memoryStore(), onEvent })
    const users = createCache({ name: 'users', memory: memoryStore(), onEvent })
    instruments.watch(pages, users)
    for (const cache of [pages, users, users]) await cache.read('a', () => 1)
    await assert.rejects(users.read('b', () => Promise.reject(new Error('down'))))
    const samples = scrape()
    assert.equal(samples.get('cache_hits_total'), 1)
    assert.equal(samples.get('cache_misses_total'), 2)
    assert.equal(samples.get('cache_errors_total'), 1)
    assert.equal(samples.get('cache_reads_total{cache="pages",outcome="miss"}'), 1)
    assert.equal(samples.get('cache_reads_total{cache="users",outcome="hit"}'), 1)
    assert.deepEqual(
      [...samples.keys()].filter((name) => name.includes('cache="hitrate"')),
      [],
    )
  })
})

describe('invalidations, warnings and errors of a bus', () => {
  it('the invalidations of a cache are counted by scope', async () => {
    const { instruments, scrape } = instrumented()
    const cache = createCache({ name: 'users', memory: memoryStore(), onEvent: instruments.onCacheEvent })
    await cache.deleteMany(['a', 'b', 'c'])
    await cache.expire('a')
    await cache.invalidateTags(['x', 'y'])
    await cache.clear()
    const of = (scope: string) => scrape().get(`cache_invalidations_total{cache="users",scope="${scope}"}`)
    assert.equal(of('key'), 4)
    assert.equal(of('tags'), 2)
    assert.equal(of('all'), 1)
  })

  it('warnings and failures of a bus are counted', () => {
    const { instruments, scrape } = instrumented()
    const about = { method: 'GET', route: '/a' }
    instruments.onCacheEvent({ type: 'warning', cache: 'c', warning: 'depends-on-x-tenant', ...about })
    instruments.onCacheEvent({ type: 'bus', cache: 'c', operation: 'publish', error: new Error('full') })
    const samples = scrape()
    assert.equal(samples.get('cache_warnings_total{cache="c",warning="depends-on"}'), 1)
    assert.equal(samples.get('cache_bus_errors_total{cache="c",operation="publish"}'), 1)
    assert.equal(samples.get('cache_bus_errors_total{cache="c",operation="renew"}'), 0)
  })
})

describe('requests', () => {
  it('requests are counted by method, route and status, and while in flight', () => {
    const { instruments, scrape } = instrumented()
    instruments.onRequestStart()
    instruments.onRequestStart()
    assert.equal(scrape().get('http_requests_in_flight'), 2)
    instruments.onRequestEnd({ method: 'GET', route: '/a/:id', status: 200, durationMs: 250 })
    instruments.onRequestEnd({ method: 'M-SEARCH', route: '/*', status: 404, durationMs: 0 })
    const samples = scrape()
    assert.equal(samples.get('http_requests_in_flight'), 0)
    assert.equal(
      samples.get('http_request_duration_seconds_sum{method="GET",route="/a/:id",status="200"}'),
      0.25,
    )
    assert.equal(
      samples.get('http_request_duration_seconds_count{method="other",route="/*",status="404"}'),
      1,
    )
  })

  it('requests that were answered synchronously are counted, and never in flight', () => {
    const { instruments, scrape } = instrumented()
    const routes = ['/a', '/b', '/a', '/a', '/b']
    for (const route of routes) instruments.onRequest({ method: 'GET', route, status: 200, durationMs: 1 })
    instruments.onRequest({ method: 'GET', route: '/a', status: 404, durationMs: 1 })
    instruments.onRequest({ method: 'HEAD', route: '/a', status: 404, durationMs: 1 })
    const samples = scrape()
    assert.equal(samples.get('http_requests_in_flight'), 0)
    assert.deepEqual(
      [...family(samples, 'http_request_duration_seconds_count')],
      [
        ['http_request_duration_seconds_count{method="GET",route="/a",status="200"}', 3],
        ['http_request_duration_seconds_count{method="GET",route="/b",status="200"}', 2],
        ['http_request_duration_seconds_count{method="GET",route="/a",status="404"}', 1],
        ['http_request_duration_seconds_count{method="HEAD",route="/a",status="404"}', 1],
      ],
    )
  })

  it('requests make a bounded number of series', () => {
    const { instruments, scrape } = instrumented()
    for (let i = 0; i < 1000; i++) {
      instruments.onRequestStart()
      instruments.onRequestEnd({ method: `M${i}`, route: `/r${i}`, status: i, durationMs: 1 })
    }
    const counts = family(scrape(), 'http_request_duration_seconds_count')
    assert.equal(total(counts.values()), 1000)
    assert.ok(counts.size <= 65)
  })
})

describe('the process', () => {
  it('process metrics are shown for each reader', () => {
    const samples = instrumented({
      cpuSeconds: () => 1.5,
      residentMemoryBytes: () => 2,
      startTimeSeconds: () => 3,
      openFds: () => 4,
    }).scrape()
    assert.equal(samples.get('process_cpu_seconds_total'), 1.5)
    assert.equal(samples.get('process_resident_memory_bytes'), 2)
    assert.equal(samples.get('process_start_time_seconds'), 3)
    assert.equal(samples.get('process_open_fds'), 4)
    const some = instrumented({ openFds: () => 4 }).scrape()
    assert.equal(some.has('process_cpu_seconds_total'), false)
    assert.equal(some.get('process_open_fds'), 4)
  })
})

describe('options of createInstruments', () => {
  const options = { registry: createRegistry(), version: '1', runtime: 'test' }

  it('unknown, missing and mistyped options throw a TypeError that names the option', () => {
    const wrong = (value: unknown) => value as never
    const calls: [call: () => unknown, message: string][] = [
      [
        // @ts-expect-error a misspelled option
        () => createInstruments({ ...options, proces: {} }),
        'createInstruments: unknown option "proces"; did you mean "process"?',
      ],
      [
        () => createInstruments({ ...options, version: wrong(undefined) }),
        'createInstruments: version must be a string, got undefined',
      ],
      [
        () => createInstruments({ ...options, registry: wrong(null) }),
        'createInstruments: registry must be a registry such as createRegistry(), got null',
      ],
      [
        () => createInstruments({ ...options, process: wrong(() => 1) }),
        'createInstruments: process must be an object, got a function',
      ],
      [
        () => createInstruments(wrong(undefined)),
        'createInstruments: registry must be a registry such as createRegistry(), got undefined',
      ],
    ]
    for (const [call, message] of calls) assert.throws(call, { name: 'TypeError', message })
    assert.equal(renderText(options.registry.collect()), '')
  })
})

describe('two sets of instruments', () => {
  it('two sets of instruments on one registry count in the same metrics, and show the caches of both', () => {
    const registry = createRegistry()
    const [one, two] = [1, 2].map(() => createInstruments({ registry, version: '1', runtime: 'test' }))
    one?.watch(watchedCache('pages', { entries: 1 }))
    two?.watch(watchedCache('users', { entries: 2 }))
    for (const instruments of [one, two, two]) instruments?.onCacheEvent(read('hit', 1, 'users'))
    const samples = samplesOf(renderText(registry.collect()))
    assert.equal(samples.get('cache_hits_total'), 3)
    assert.equal(samples.get('cache_entries{cache="pages"}'), 1)
    assert.equal(samples.get('cache_entries{cache="users"}'), 2)
    assert.equal(samples.get('cache_tier_up{cache="pages",tier="memory"}'), 1)
  })

  it('two sets of instruments count separately in two registries', () => {
    const [one, other] = [instrumented(), instrumented()]
    one.instruments.onCacheEvent(read('hit'))
    assert.equal(one.scrape().get('cache_hits_total'), 1)
    assert.equal(other.scrape().get('cache_hits_total'), 0)
  })
})

describe('a scrape of the whole service', () => {
  const skip = skipUnless('promtool')

  it('promtool accepts a scrape of the whole service, except for the name of the original', {
    skip,
  }, async () => {
    const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
      input: await busyScrape(),
    })
    assert.equal(error, undefined)
    assert.equal(stdout.toString(), '')
    assert.equal(
      stderr.toString(),
      'cache_avg_latency_us metric names should not contain abbreviated units\n',
    )
    assert.equal(status, 3)
  })

  async function busyScrape(): Promise<string> {
    const registry = createRegistry()
    const readers = {
      cpuSeconds: () => 1,
      residentMemoryBytes: () => 1,
      startTimeSeconds: () => 1,
      openFds: () => 1,
    }
    const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test', process: readers })
    const cache = createCache({ memory: memoryStore(), onEvent: instruments.onCacheEvent })
    instruments.watch(cache)
    const repository = inMemoryRepository()
    const app = createApp({
      repository: { ...repository, page: () => Promise.reject(new RepositoryError('out')) },
      cache,
      registry,
      instruments,
      tiers: {},
      version: '1.2.3',
      runtime: 'test',
      uptimeSeconds: () => 1,
      targetedControl: DEFAULT_TARGETED_CONTROL,
      openWrites: true,
    })
    const paths = [
      'user/user_001',
      'user/user_001',
      'user/nobody',
      'user/a.b',
      'users',
      'users?ids=a',
      '../../nowhere',
    ]
    for (const path of paths) await app.request(`/api/${path}`)
    await app.request('/api/user/user_001', { method: 'DELETE' })
    await app.request('/api/user/user_001', { method: 'M-SEARCH' })
    instruments.watch(watchedCache('shared', { remoteUp: true, busUp: true }))
    const shared = { cache: 'shared', durationMs: 1 }
    instruments.onCacheEvent({ type: 'tier', tier: 'remote', operation: 'get', result: 'busy', ...shared })
    instruments.onCacheEvent({ type: 'lease', cache: 'shared', result: 'granted' })
    instruments.onCacheEvent({ type: 'lease-wait', result: 'value', ...shared })
    instruments.onCacheEvent({ type: 'bus-message', cache: 'shared', direction: 'received' })
    return (await app.request('/metrics')).text()
  }
})
