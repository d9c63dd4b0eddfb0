import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { totalmem } from 'node:os'
import { describe, it } from 'node:test'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, declareProcessMetrics, type ProcessReaders } from '../../../src/metrics/index.ts'
import { processReaders } from '../../../src/metrics/process/process-readers.ts'

const isLinux = process.platform === 'linux'

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
      eventLoopLagSeconds: () => 0.5,
    }
    declareProcessMetrics(registry, readers)
    const text = renderText(registry.collect())
    assert.deepEqual(text.match(/^[^#].*$/gm)?.sort(), [
      'nodejs_eventloop_lag_seconds 0.5',
      'nodejs_external_memory_bytes 9',
      'nodejs_heap_size_total_bytes 8',
      'nodejs_heap_size_used_bytes 7',
      'process_cpu_seconds_total 1.5',
      'process_max_fds 6',
      'process_memory_limit_bytes 10',
      'process_open_fds 5',
      'process_resident_memory_bytes 2',
      'process_start_time_seconds 4.25',
      'process_virtual_memory_bytes 3',
    ])
    assert.deepEqual(text.match(/^# TYPE .* counter$/gm), ['# TYPE process_cpu_seconds_total counter'])
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
      eventLoopLagSeconds: fail,
      maxFds: () => 6,
    })
    assert.deepEqual(renderText(registry.collect()).match(/^(process|nodejs).*$/gm), [
      'process_max_fds 6',
      'nodejs_heap_size_used_bytes NaN',
      'nodejs_eventloop_lag_seconds NaN',
    ])
    assert.deepEqual(failed.sort(), [
      'nodejs_eventloop_lag_seconds',
      'nodejs_heap_size_used_bytes',
      'process_cpu_seconds_total',
      'process_open_fds',
      'process_virtual_memory_bytes',
    ])
  })

  it('values of a thread are added up over threads, and the lag is the largest', () => {
    const main = createRegistry()
    const worker = createRegistry()
    worker.attach(main.share())
    const readersOf = (n: number): ProcessReaders => ({
      openFds: () => n,
      heapUsedBytes: () => n,
      eventLoopLagSeconds: () => n,
    })
    declareProcessMetrics(main, readersOf(1))
    declareProcessMetrics(worker, readersOf(20))
    worker.publish()
    assert.deepEqual(renderText(main.collect()).match(/^[^#].*$/gm), [
      'process_open_fds 1',
      'nodejs_heap_size_used_bytes 21',
      'nodejs_eventloop_lag_seconds 20',
    ])
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
    ]
    for (const [call, message] of calls) assert.throws(call, { name: 'TypeError', message })
    assert.equal(renderText(registry.collect()), '')
    assert.ok(processReaders(wrong({ startedAt: undefined })).startTimeSeconds?.())
  })
})

describe('processReaders', () => {
  function read(readers = processReaders()): Map<string, number> {
    const failures: unknown[] = []
    const registry = createRegistry({ onError: (error) => failures.push(error) })
    declareProcessMetrics(registry, readers)
    const { families } = registry.collect()
    assert.deepEqual(failures, [])
    return new Map(families.map(({ name, values }) => [name, values[0] ?? Number.NaN]))
  }

  it('the values of the running process are plausible', () => {
    const values = read()
    const is = (name: string, least: number, most: number) => {
      const value = values.get(name) ?? Number.NaN
      assert.ok(value >= least && value <= most, `${name}: ${value}, not from ${least} to ${most}`)
    }
    const now = Date.now() / 1000
    is('process_cpu_seconds_total', 0.001, 1e6)
    is('process_start_time_seconds', now - process.uptime() - 2, now - process.uptime() + 2)
    is('process_resident_memory_bytes', 2 ** 20, 2 ** 40)
    is('process_memory_limit_bytes', values.get('process_resident_memory_bytes') ?? 0, totalmem())
    is('nodejs_heap_size_used_bytes', 2 ** 16, 2 ** 36)
    is('nodejs_heap_size_total_bytes', 2 ** 16, 2 ** 36)
    is('nodejs_external_memory_bytes', 0, 2 ** 36)
    is('nodejs_eventloop_lag_seconds', 0, 0)
    assert.equal(read(processReaders({ startedAt: 1_500 })).get('process_start_time_seconds'), 1.5)
  })

  it('file descriptors and virtual memory are read on Linux', {
    skip: isLinux ? false : 'reads /proc',
  }, () => {
    const values = read()
    const [open = 0, most = 0] = [values.get('process_open_fds'), values.get('process_max_fds')]
    assert.ok(open >= 3 && open <= most, `${open} of ${most}`)
    const [resident = 0, virtual = 0] = ['resident', 'virtual'].map((kind) =>
      values.get(`process_${kind}_memory_bytes`),
    )
    assert.ok(virtual >= resident && virtual % 1024 === 0)
  })

  it('the memory limit is that of the container, or else the memory of the machine', (t) => {
    const { memoryLimitBytes } = processReaders()
    let limit = 0
    const real = process.constrainedMemory
    t.after(() => {
      process.constrainedMemory = real
    })
    process.constrainedMemory = () => limit
    assert.equal(memoryLimitBytes?.(), totalmem())
    limit = 2 ** 64
    assert.equal(memoryLimitBytes?.(), totalmem())
    limit = 2 ** 20
    assert.equal(memoryLimitBytes?.(), 2 ** 20)
  })

  it('CPU time grows with the work done', () => {
    const { cpuSeconds } = processReaders()
    const before = cpuSeconds?.() ?? Number.NaN
    while ((cpuSeconds?.() ?? Number.NaN) <= before); // until the clock advances
    assert.ok((cpuSeconds?.() ?? 0) > before)
  })

  it('the event loop lag is shown at the scrape after its measurement', async () => {
    const { eventLoopLagSeconds: lag = () => Number.NaN } = processReaders()
    assert.equal(lag(), 0)
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
    await turn()
    const until = performance.now() + 20
    while (performance.now() < until); // delays the callbacks that are due now
    await turn()
    await turn()
    assert.ok(lag() >= 0.02, `${lag()}`)
    await turn()
    await turn()
    await turn()
    assert.ok(lag() < 0.02, `${lag()}`)
  })

  it('readers schedule nothing before the first scrape', async () => {
    const scheduled: string[] = []
    const names = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'] as const
    const real = names.map((name) => [name, globalThis[name]] as const)
    for (const [name, schedule] of real) {
      Object.assign(globalThis, {
        [name]: (...args: Parameters<typeof setImmediate>) => {
          scheduled.push(name)
          return (schedule as typeof setImmediate)(...args)
        },
      })
    }
    try {
      const registry = createRegistry()
      declareProcessMetrics(registry, processReaders())
      assert.deepEqual(scheduled, [])
      registry.collect()
      registry.collect()
      assert.deepEqual(scheduled, ['setImmediate'])
    } finally {
      Object.assign(globalThis, Object.fromEntries(real))
    }
  })

  it('readers do not keep the process alive', () => {
    const from = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href)
    const script = `
      const { createRegistry, declareProcessMetrics } = await import(${from('metrics/index.ts')})
      const { processReaders } = await import(${from('metrics/process/process-readers.ts')})
      const registry = createRegistry()
      declareProcessMetrics(registry, processReaders())
      registry.share()
      registry.collect()
      console.log('collected')`
    const { stdout, stderr, status, error } = spawnSync(process.execPath, ['-e', script], { timeout: 20_000 })
    assert.equal(error, undefined)
    assert.deepEqual([stdout.toString(), status], ['collected\n', 0], stderr.toString())
  })
})
