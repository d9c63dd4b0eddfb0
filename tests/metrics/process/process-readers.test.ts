import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { totalmem } from 'node:os'
import { after, describe, it } from 'node:test'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, declareProcessMetrics } from '../../../src/metrics/index.ts'
import { type ProcessReadersOptions, processReaders } from '../../../src/metrics/process/process-readers.ts'
import { skipUnless } from '../../support/installed.ts'
import { scraped } from '../../support/samples.ts'

const isLinux = process.platform === 'linux'
const isBun = process.versions.bun !== undefined
const url = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href)

describe('processReaders', () => {
  const closers: (() => void)[] = []
  after(() => {
    for (const close of closers) close()
  })

  function read(options: ProcessReadersOptions = {}): Map<string, number> {
    const failures: unknown[] = []
    const registry = createRegistry({ onError: (error) => failures.push(error) })
    const readers = processReaders(options)
    closers.push(readers.close)
    declareProcessMetrics(registry, readers)
    const samples = scraped(registry)
    assert.deepEqual(failures, [])
    return samples
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
    is('nodejs_eventloop_lag_seconds', 0, 60)
    assert.equal(read({ startedAt: 1_500 }).get('process_start_time_seconds'), 1.5)
    const [major, minor, patch] = process.version.slice(1).split('.')
    const labels = `version="${process.version}",major="${major}",minor="${minor}",patch="${patch}"`
    assert.equal(values.get(`nodejs_version_info{${labels}}`), 1)
  })

  it('user and system time of the CPU add up to the total of the same scrape', () => {
    const values = read()
    const [total = 0, user = 0, system = 0] = ['', 'user_', 'system_'].map((kind) =>
      values.get(`process_cpu_${kind}seconds_total`),
    )
    assert.ok(user > 0 && system >= 0)
    assert.ok(Math.abs(user + system - total) < 1e-9, `${user} + ${system} = ${total}`)
  })

  it('file descriptors and virtual memory are read on Linux', {
    skip: isLinux ? false : 'reads /proc',
  }, () => {
    const values = read()
    const [open = 0, most = 0] = [values.get('process_open_fds'), values.get('process_max_fds')]
    assert.ok(open >= 3 && open <= most, `${open} of ${most}`)
    const [resident = 0, virtual = 0, heap = 0] = ['resident_memory', 'virtual_memory', 'heap'].map((kind) =>
      values.get(`process_${kind}_bytes`),
    )
    assert.ok(virtual >= resident && virtual % 1024 === 0)
    assert.ok(heap > 2 ** 20 && heap < virtual && heap % 1024 === 0)
  })

  it('the memory limit is that of the container, or else the memory of the machine', (t) => {
    const { memoryLimitBytes, close } = processReaders()
    closers.push(close)
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
    const { cpuSeconds, close } = processReaders()
    closers.push(close)
    const before = cpuSeconds?.() ?? Number.NaN
    while ((cpuSeconds?.() ?? Number.NaN) <= before); // until the clock advances
    assert.ok((cpuSeconds?.() ?? 0) > before)
  })

  it('values that Bun does not really have are shown on Node only', () => {
    const names = [...read().keys()].map((name) => name.replace(/[{].*/, ''))
    const onlyOnNode = [
      'nodejs_eventloop_utilization_ratio',
      'nodejs_gc_duration_seconds_count',
      'nodejs_heap_space_size_used_bytes',
      'nodejs_active_handles_total',
      'nodejs_active_requests_total',
      'nodejs_active_resources_total',
    ]
    for (const name of onlyOnNode) assert.equal(names.includes(name), !isBun, name)
    assert.ok(names.includes('nodejs_eventloop_lag_p99_seconds'))
  })

  it('an option leaves out each part', () => {
    const names = (options: ProcessReadersOptions) => [...read(options).keys()].join(' ')
    assert.doesNotMatch(names({ eventLoop: false }), /eventloop/)
    assert.doesNotMatch(names({ gc: false }), /nodejs_gc/)
    assert.doesNotMatch(names({ handles: false }), /nodejs_active/)
    assert.match(names({ eventLoop: false, gc: false, handles: false }), /nodejs_heap_size/)
  })

  it('handles, requests and resources are counted by type', { skip: isBun ? 'only on Node' : false }, () => {
    const timer = setInterval(() => {}, 1_000_000)
    const values = read()
    clearInterval(timer)
    assert.ok((values.get('nodejs_active_resources{type="Timeout"}') ?? 0) >= 1)
    let sum = 0
    for (const [name, value] of values) if (name.startsWith('nodejs_active_handles{')) sum += value
    assert.equal(values.get('nodejs_active_handles_total'), sum)
  })

  it('the spaces of the heap add up to the heap', { skip: isBun ? 'only on Node' : false }, () => {
    const values = read()
    let sum = 0
    for (const [name, value] of values)
      if (name.startsWith('nodejs_heap_space_size_total_bytes{')) sum += value
    const total = values.get('nodejs_heap_size_total_bytes') ?? 0
    assert.ok(Math.abs(sum / total - 1) < 0.2, `${sum} of ${total}`) // the heap may grow between the two readings
    assert.ok((values.get('nodejs_heap_space_size_used_bytes{space="old"}') ?? 0) > 2 ** 16)
  })

  it('only the timer of the event loop is scheduled, and close() ends it', () => {
    const scheduled: string[] = []
    const cleared: unknown[] = []
    const names = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'clearInterval'] as const
    const real = names.map((name) => [name, globalThis[name]] as const)
    for (const [name, call] of real) {
      Object.assign(globalThis, {
        [name]: (...args: Parameters<typeof setImmediate>) => {
          if (name === 'clearInterval') cleared.push(args[0])
          else scheduled.push(name)
          return (call as typeof setImmediate)(...args)
        },
      })
    }
    try {
      const registry = createRegistry()
      declareProcessMetrics(registry, processReaders({ eventLoop: false, gc: false }))
      registry.collect()
      assert.deepEqual(scheduled, [])
      const readers = processReaders({ gc: false })
      declareProcessMetrics(createRegistry(), readers)
      assert.deepEqual(scheduled, ['setInterval'])
      readers.close()
      assert.equal(cleared.length, 1)
    } finally {
      Object.assign(globalThis, Object.fromEntries(real))
    }
  })

  it('promtool accepts the metrics, except for the names of three gauges', {
    skip: skipUnless('promtool'),
  }, () => {
    const registry = createRegistry()
    const readers = processReaders()
    closers.push(readers.close)
    declareProcessMetrics(registry, readers)
    const { stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
      input: renderText(registry.collect()),
      encoding: 'utf8',
    })
    assert.equal(error, undefined)
    const complaint = 'non-counter metrics should not have "_total" suffix\n'
    const complaints = ['handles', 'requests', 'resources'].map(
      (what) => `nodejs_active_${what}_total ${complaint}`,
    )
    assert.deepEqual([stdout, stderr], ['', isBun ? '' : complaints.join('')])
  })

  it('there are no readers on Workers, and nothing is scheduled', (t) => {
    const real = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
    t.after(() => real && Object.defineProperty(globalThis, 'navigator', real))
    Object.defineProperty(globalThis, 'navigator', {
      value: { userAgent: 'Cloudflare-Workers' },
      configurable: true,
    })
    const { close, ...readers } = processReaders()
    assert.deepEqual(readers, {})
    close()
  })
})

describe('processReaders in a process of its own', () => {
  function run(script: string, flags: string[] = []): string {
    const prelude = `
      const { createRegistry, declareProcessMetrics, expose } = await import(${url('metrics/index.ts')})
      const { processReaders } = await import(${url('metrics/process/process-readers.ts')})
      const registry = createRegistry()
      const readers = processReaders()
      declareProcessMetrics(registry, readers)
      async function valueOf(name) {
        const { body } = await expose(registry)
        return Number(body.split('\\n').find((line) => line.startsWith(name + ' '))?.split(' ').at(-1))
      }
    `
    const { stdout, stderr, status, error } = spawnSync(
      process.execPath,
      [...flags, '-e', `${prelude}${script}`],
      { timeout: 20_000, encoding: 'utf8' },
    )
    assert.equal(error, undefined)
    assert.deepEqual([status, stderr.replaceAll(/^.*Warning.*$\n?/gm, '')], [0, ''], stdout)
    return stdout
  }

  it('readers do not keep the process alive', () => {
    assert.equal(run(`registry.share(); registry.collect(); console.log('collected')`), 'collected\n')
  })

  it('a loop that stands still for 200 ms in every 500 ms is seen by every scrape of two scrapers', () => {
    const seen = JSON.parse(
      run(`
        const blocking = setInterval(() => {
          const until = performance.now() + 200
          while (performance.now() < until);
        }, 500)
        const seen = []
        async function scrape() {
          const { body } = await expose(registry)
          for (const kind of ['max_', 'p99_', 'mean_', 'p50_', '']) {
            seen.push(Number(new RegExp('^nodejs_eventloop_lag_' + kind + 'seconds (.*)', 'm').exec(body)[1]))
          }
        }
        for (let round = 0; round < 3; round++) {
          await new Promise((resolve) => setTimeout(resolve, round === 0 ? 720 : 500))
          await scrape() // the first scraper
          await scrape() // the second one, right after it
        }
        clearInterval(blocking)
        console.log(JSON.stringify(seen))
      `),
    ) as number[]
    assert.equal(seen.length, 30)
    for (let i = 0; i < seen.length; i += 5) {
      const [max = 0, p99 = 0, mean = 0, p50 = 0, lag] = seen.slice(i)
      assert.ok(max >= 0.2 && p99 >= 0.14 && p99 <= max, `${seen}`)
      assert.ok(mean >= 0.01 && mean < p99 && p50 < p99, `${seen}`)
      assert.equal(lag, mean)
    }
  })

  it('garbage collections are counted on Node', { skip: isBun ? 'Bun reports none' : false }, () => {
    const script = `
      globalThis.gc()
      globalThis.gc({ type: 'minor' })
      await new Promise((resolve) => setTimeout(resolve, 50)) // entries arrive in a later turn
      const count = (kind) => valueOf('nodejs_gc_duration_seconds_count{kind="' + kind + '"}')
      console.log((await count('major')) >= 1, (await count('minor')) >= 1)
      readers.close()
      const before = await count('major')
      globalThis.gc()
      await new Promise((resolve) => setTimeout(resolve, 50))
      console.log((await count('major')) - before)
    `
    assert.equal(run(script, ['--expose-gc']), 'true true\n0\n')
  })

  it('the utilization is the share in which the loop was busy', {
    skip: isBun ? 'only on Node' : false,
  }, () => {
    const script = `
      const before = await valueOf('nodejs_eventloop_utilization_ratio')
      await new Promise((resolve) => setTimeout(resolve, 50))
      const until = performance.now() + 500
      while (performance.now() < until);
      console.log(before, await valueOf('nodejs_eventloop_utilization_ratio'))
    `
    const [, busy = 0] = run(script).split(' ').map(Number)
    assert.ok(busy > 0.5 && busy <= 1, `${busy}`)
  })
})
