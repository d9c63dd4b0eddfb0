import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, declareProcessMetrics, type ProcessReaders } from '../../../src/metrics/index.ts'
import { type ProcessReadersOptions, processReaders } from '../../../src/metrics/process/process-readers.ts'

describe('declareProcessMetrics', () => {
  it('process metrics have the names of common dashboards, and the values of the readers', () => {
    const registry = createRegistry()
    const readers: Required<ProcessReaders> = {
      cpuSeconds: () => 1.5,
      residentMemoryBytes: () => 2,
      virtualMemoryBytes: () => 3,
      memoryLimitBytes: () => 10,
      startTimeSeconds: () => 4.25,
      openFds: () => 5,
      maxFds: () => 6,
      heapUsedBytes: () => 7,
      heapTotalBytes: () => 8,
      externalMemoryBytes: () => 9,
      cpuUserSeconds: () => 1,
      cpuSystemSeconds: () => 0.5,
      processHeapBytes: () => 11,
      nodeVersion: () => 'v24.21.0',
      heapSpaces: () => [
        { space: 'new', total: 12, used: 13, available: 14 },
        { space: 'old', total: 15, used: 16, available: 17 },
      ],
      eventLoopLag: () => ({ min: 0.01, max: 0.9, mean: 0.1, stddev: 0.02, p50: 0.05, p90: 0.6, p99: 0.8 }),
      eventLoopUtilization: () => 0.25,
      gcPauses(onPause) {
        onPause('minor', 0.002)
        onPause('major', 0.5)
        onPause('minor', 0.0004)
      },
      activeHandles: () => ['Server', 'Socket', 'Socket'],
      activeRequests: () => [],
      activeResources: () => ['Timeout'],
      close: () => assert.fail('not called here'),
    }
    declareProcessMetrics(registry, readers)
    const text = renderText(registry.collect())
    const samples = text.match(/^[^#].*$/gm)?.filter((line) => !/_bucket|^metrics_/.test(line))
    assert.deepEqual(samples?.sort(), [
      'nodejs_active_handles_total 3',
      'nodejs_active_handles{type="Server"} 1',
      'nodejs_active_handles{type="Socket"} 2',
      'nodejs_active_requests_total 0',
      'nodejs_active_resources_total 1',
      'nodejs_active_resources{type="Timeout"} 1',
      'nodejs_eventloop_lag_max_seconds 0.9',
      'nodejs_eventloop_lag_mean_seconds 0.1',
      'nodejs_eventloop_lag_min_seconds 0.01',
      'nodejs_eventloop_lag_p50_seconds 0.05',
      'nodejs_eventloop_lag_p90_seconds 0.6',
      'nodejs_eventloop_lag_p99_seconds 0.8',
      'nodejs_eventloop_lag_seconds 0.1',
      'nodejs_eventloop_lag_stddev_seconds 0.02',
      'nodejs_eventloop_utilization_ratio 0.25',
      'nodejs_external_memory_bytes 9',
      'nodejs_gc_duration_seconds_count{kind="incremental"} 0',
      'nodejs_gc_duration_seconds_count{kind="major"} 1',
      'nodejs_gc_duration_seconds_count{kind="minor"} 2',
      'nodejs_gc_duration_seconds_count{kind="weakcb"} 0',
      'nodejs_gc_duration_seconds_sum{kind="incremental"} 0',
      'nodejs_gc_duration_seconds_sum{kind="major"} 0.5',
      'nodejs_gc_duration_seconds_sum{kind="minor"} 0.0024',
      'nodejs_gc_duration_seconds_sum{kind="weakcb"} 0',
      'nodejs_heap_size_total_bytes 8',
      'nodejs_heap_size_used_bytes 7',
      'nodejs_heap_space_size_available_bytes{space="new"} 14',
      'nodejs_heap_space_size_available_bytes{space="old"} 17',
      'nodejs_heap_space_size_total_bytes{space="new"} 12',
      'nodejs_heap_space_size_total_bytes{space="old"} 15',
      'nodejs_heap_space_size_used_bytes{space="new"} 13',
      'nodejs_heap_space_size_used_bytes{space="old"} 16',
      'nodejs_version_info{version="v24.21.0",major="24",minor="21",patch="0"} 1',
      'process_cpu_seconds_total 1.5',
      'process_cpu_system_seconds_total 0.5',
      'process_cpu_user_seconds_total 1',
      'process_heap_bytes 11',
      'process_max_fds 6',
      'process_memory_limit_bytes 10',
      'process_open_fds 5',
      'process_resident_memory_bytes 2',
      'process_start_time_seconds 4.25',
      'process_virtual_memory_bytes 3',
    ])
    assert.deepEqual(text.match(/^nodejs_gc_duration_seconds_bucket.*kind="minor".*$/gm), [
      'nodejs_gc_duration_seconds_bucket{kind="minor",le="0.001"} 1',
      'nodejs_gc_duration_seconds_bucket{kind="minor",le="0.01"} 2',
      'nodejs_gc_duration_seconds_bucket{kind="minor",le="0.1"} 2',
      'nodejs_gc_duration_seconds_bucket{kind="minor",le="1"} 2',
      'nodejs_gc_duration_seconds_bucket{kind="minor",le="2"} 2',
      'nodejs_gc_duration_seconds_bucket{kind="minor",le="5"} 2',
      'nodejs_gc_duration_seconds_bucket{kind="minor",le="+Inf"} 2',
    ])
    assert.deepEqual(text.match(/^# TYPE process.* counter$/gm), [
      '# TYPE process_cpu_seconds_total counter',
      '# TYPE process_cpu_user_seconds_total counter',
      '# TYPE process_cpu_system_seconds_total counter',
    ])
  })

  it('has no sums of active handles without activeTotals', () => {
    const registry = createRegistry()
    declareProcessMetrics(registry, { activeHandles: () => ['Socket', 'Socket'] }, { activeTotals: false })
    const { families } = registry.collect()
    assert.deepEqual(
      families.map(({ name }) => name).filter((name) => name.startsWith('nodejs_')),
      ['nodejs_active_handles'],
    )
    const options = { activeTotal: false }
    assert.throws(() => declareProcessMetrics(registry, {}, options as never), /unknown option "activeTotal"/)
  })

  it('a process metric is declared for each reader, and for no other', () => {
    const registry = createRegistry()
    declareProcessMetrics(registry, {})
    assert.equal(renderText(registry.collect()), '')
    declareProcessMetrics(registry, { openFds: () => 1 })
    assert.match(
      renderText(registry.collect()),
      /^# HELP process_open_fds .*\n# TYPE .*\nprocess_open_fds 1\n$/,
    )
  })

  it('a reader that throws removes only its own samples', () => {
    const failed: string[] = []
    const registry = createRegistry({ onError: (_error, metric) => failed.push(metric) })
    const fail = () => {
      throw new Error('no such file')
    }
    declareProcessMetrics(registry, {
      cpuSeconds: fail,
      openFds: fail,
      virtualMemoryBytes: fail,
      heapUsedBytes: fail,
      eventLoopUtilization: fail,
      activeHandles: fail,
      maxFds: () => 6,
    })
    assert.deepEqual(renderText(registry.collect()).match(/^(process|nodejs).*$/gm), [
      'process_max_fds 6',
      'nodejs_heap_size_used_bytes NaN',
      'nodejs_eventloop_utilization_ratio NaN',
      'nodejs_active_handles_total NaN',
    ])
    assert.deepEqual(failed.sort(), [
      'nodejs_active_handles',
      'nodejs_active_handles_total',
      'nodejs_eventloop_utilization_ratio',
      'nodejs_heap_size_used_bytes',
      'process_cpu_seconds_total',
      'process_open_fds',
      'process_virtual_memory_bytes',
    ])
  })

  it('each scrape reads a source of several metrics once', () => {
    const registry = createRegistry()
    const calls = { lag: 0, handles: 0, spaces: 0 }
    declareProcessMetrics(registry, {
      eventLoopLag: () => {
        calls.lag++
        return { min: 1, max: 1, mean: 1, stddev: 1, p50: 1, p90: 1, p99: 1 }
      },
      activeHandles: () => {
        calls.handles++
        return []
      },
      heapSpaces: () => {
        calls.spaces++
        return [{ space: 'new', total: 1, used: 1, available: 1 }]
      },
    })
    registry.collect()
    assert.deepEqual(calls, { lag: 1, handles: 1, spaces: 1 })
    registry.publish()
    registry.collect()
    assert.deepEqual(calls, { lag: 3, handles: 3, spaces: 3 })
  })

  it('a second declaration ends the observation of collections by the first, so that none is counted twice', () => {
    const registry = createRegistry()
    const pauses = new Set<() => void>()
    const ended: string[] = []
    for (const name of ['first', 'second']) {
      declareProcessMetrics(registry, {
        gcPauses(onPause) {
          pauses.add(() => onPause('major', 0.5)) // calls also after the end, as entries that are queued
          return () => ended.push(name)
        },
      })
    }
    for (const pause of pauses) pause()
    assert.deepEqual(ended, ['first'])
    assert.match(renderText(registry.collect()), /^nodejs_gc_duration_seconds_count\{kind="major"\} 1$/m)
  })

  it('sizes and counts of a thread are added up over threads, and the lag is the largest', () => {
    const main = createRegistry()
    const worker = createRegistry()
    worker.attach(main.share())
    const readersOf = (n: number): ProcessReaders => ({
      openFds: () => n,
      heapUsedBytes: () => n,
      eventLoopLag: () => ({ min: n, max: n, mean: n, stddev: n, p50: n, p90: n, p99: n }),
      eventLoopUtilization: () => n / 100,
      activeResources: () => Array.from({ length: n }, () => 'Timeout'),
      gcPauses: (onPause) => onPause('major', n),
    })
    declareProcessMetrics(main, readersOf(1))
    declareProcessMetrics(worker, readersOf(20))
    worker.publish()
    const shown = renderText(main.collect()).match(/^(?:process|nodejs).*$/gm)
    assert.deepEqual(
      shown?.filter((line) => !/_bucket|kind="[^m]|kind="mi/.test(line)),
      [
        'process_open_fds 1',
        'nodejs_heap_size_used_bytes 21',
        'nodejs_eventloop_lag_seconds 20',
        'nodejs_eventloop_lag_min_seconds 20',
        'nodejs_eventloop_lag_max_seconds 20',
        'nodejs_eventloop_lag_mean_seconds 20',
        'nodejs_eventloop_lag_stddev_seconds 20',
        'nodejs_eventloop_lag_p50_seconds 20',
        'nodejs_eventloop_lag_p90_seconds 20',
        'nodejs_eventloop_lag_p99_seconds 20',
        'nodejs_eventloop_utilization_ratio 0.2',
        'nodejs_gc_duration_seconds_sum{kind="major"} 21',
        'nodejs_gc_duration_seconds_count{kind="major"} 2',
        'nodejs_active_resources{type="Timeout"} 21',
        'nodejs_active_resources_total 21',
      ],
    )
  })
})

describe('options of process metrics', () => {
  it('unknown readers and options, and those of the wrong type, throw a TypeError that names them', () => {
    const registry = createRegistry()
    const wrong = (value: unknown) => value as never
    const calls: [call: () => unknown, message: string][] = [
      [
        // @ts-expect-error a misspelled reader
        () => declareProcessMetrics(registry, { openFD: () => 1 }),
        'declareProcessMetrics: unknown option "openFD"; did you mean "openFds"?',
      ],
      [
        () => declareProcessMetrics(registry, { cpuSeconds: wrong(1) }),
        'declareProcessMetrics: cpuSeconds must be a function, got 1',
      ],
      [
        // @ts-expect-error a misspelled option
        () => processReaders({ startAt: 1 }),
        'processReaders: unknown option "startAt"; did you mean "startedAt"?',
      ],
      [
        () => processReaders({ startedAt: wrong('1') }),
        'processReaders: startedAt must be a number of milliseconds, got "1"',
      ],
      [() => processReaders(wrong(null)), 'processReaders: options must be an object, got null'],
      [() => processReaders({ gc: wrong(1) }), 'processReaders: gc must be a boolean, got 1'],
    ]
    for (const [call, message] of calls) assert.throws(call, { name: 'TypeError', message })
    assert.equal(renderText(registry.collect()), '')
    const readers = processReaders(wrong({ startedAt: undefined }))
    assert.ok(readers.startTimeSeconds?.())
    readers.close()
  })

  it('times of the event loop that are out of range throw a RangeError', () => {
    const calls: [options: ProcessReadersOptions, message: string][] = [
      [{ eventLoopWindowMs: 99 }, 'eventLoopWindowMs must be at least 100 and finite, got 99'],
      [{ eventLoopWindowMs: Number.NaN }, 'eventLoopWindowMs must be at least 100 and finite, got NaN'],
      [
        { eventLoopWindowMs: Number.POSITIVE_INFINITY },
        'eventLoopWindowMs must be at least 100 and finite, got Infinity',
      ],
      [{ eventLoopResolutionMs: 0 }, 'eventLoopResolutionMs must be from 1 to eventLoopWindowMs, got 0'],
      [
        { eventLoopWindowMs: 1000, eventLoopResolutionMs: 1001 },
        'eventLoopResolutionMs must be from 1 to eventLoopWindowMs, got 1001',
      ],
    ]
    for (const [options, message] of calls) {
      assert.throws(() => processReaders(options), {
        name: 'RangeError',
        message: `processReaders: ${message}`,
      })
    }
  })
})
