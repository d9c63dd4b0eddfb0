/**
 * Measures the memory of the service for a given `CACHE_MAX_BYTES`, from the system, on Linux. Each row is a process: it is filled
 * with users that are read once, until as much was evicted as fits; then half of them are read again; then it rests. Then the same
 * once more with other users.
 *
 * MiB of the process: before the load, its peak, after the load, and after a rest.
 *
 * With `--limit`, the runtime reads this limit of a container from the files of control groups, in a name space of its own (as root, on
 * Linux). The kernel does not enforce it: compare the peak with it.
 *
 *     npm run bench:footprint -- --sizes 16MiB,64MiB --users 100,8000 --on node,bun --rest 30 --flags "--smol"
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { command, count, print, thisMachine } from './command.ts'
import { describeRuntime, executable, type Runtime, runtimesIn } from './runtimes.ts'

const { flags, signal, run } = command({
  sizes: '16MiB,64MiB,256MiB',
  users: '60,8000',
  on: 'bun,node',
  rest: '30',
  limit: '',
  flags: '',
})

const MIB = 2 ** 20

interface Service {
  url: string
  pid: number
  /** The program that prefix and flags start. */
  end(): void
}

await run(async () => {
  const restMs = count('rest', flags.rest) * 1000
  for (const runtime of runtimesIn(flags.on)) {
    const limit = flags.limit === '' ? '' : `in a container of ${flags.limit} MiB`
    print(`\n${await describeRuntime(runtime, signal)} ${flags.flags} ${limit}`)
    print(
      'CACHE_MAX_BYTES  name bytes  counted   entries  before  peak 1  after  rested  peak 2  after  rested',
    )
    for (const bytes of flags.users.split(',')) {
      for (const size of flags.sizes.split(',')) print(await measuredRow(runtime, size, bytes, restMs))
    }
  }
  print(`\n${thisMachine()}`)
})

async function measuredRow(runtime: Runtime, size: string, bytes: string, restMs: number): Promise<string> {
  const service = await start(runtime, size, bytes)
  try {
    const cells: number[] = [memoryOf(service, 'VmRSS')]
    let next = 0
    for (let round = 1; round <= 2; round++) {
      next = await fill(service, next)
      cells.push(memoryOf(service, 'VmHWM'), memoryOf(service, 'VmRSS'))
      await pause(restMs, undefined, { signal })
      cells.push(memoryOf(service, 'VmRSS'))
    }
    const { bytes: counted, entries } = await stored(service)
    const columns = [
      ...[size.padEnd(16), bytes.padStart(10), (counted / MIB).toFixed(1).padStart(8)],
      `${entries}`.padStart(9),
      ...cells.map((cell) => (cell / MIB).toFixed(0).padStart(7)),
    ]
    return columns.join(' ')
  } finally {
    service.end()
  }
}

/** Fills the cache twice, and reads half of its entries again. Returns the number after the last user. */
async function fill(service: Service, from: number): Promise<number> {
  const evictedBefore = (await stored(service)).evictions
  let next = from
  for (;;) {
    const { entries, evictions } = await stored(service)
    const missing = entries - (evictions - evictedBefore)
    if (evictions > evictedBefore && missing <= 0) break
    const batch = evictions > evictedBefore ? Math.max(100, missing) : Math.max(1000, entries)
    await load(service, next, next + batch)
    next += batch
  }
  const { entries } = await stored(service)
  await load(service, next - Math.floor(entries / 2), next)
  return next
}

async function load({ url }: Service, from: number, to: number): Promise<void> {
  const args = [
    join(import.meta.dirname, 'footprint/load.ts'),
    '--url',
    url,
    '--from',
    `${from}`,
    '--to',
    `${to}`,
  ]
  await promisify(execFile)(process.execPath, args, {
    signal,
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' },
  })
}

async function start(runtime: Runtime, size: string, bytes: string): Promise<Service> {
  const program = join(import.meta.dirname, 'footprint/server.ts')
  const options = flags.flags.split(' ').filter((flag) => flag !== '')
  const [name = '', ...args] = [
    ...limited(flags.limit),
    executable(runtime),
    ...options,
    program,
    size,
    bytes,
  ]
  const child = spawn(name, args, {
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  })
  child.on('error', () => {}) // an interrupted run
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The service ended with ${code} on ${runtime}`)
  })
  ended.catch(() => {}) // expected later
  const [line] = await Promise.race([once(child.stdout, 'data'), ended])
  return {
    url: JSON.parse(String(line)).properties.url,
    pid: child.pid ?? 0,
    end: () => child.kill('SIGKILL'),
  }
}

/** The words before a command that runs it with the files of a container with this limit in MiB. */
function limited(limit: string): string[] {
  if (limit === '') return []
  const script = `mount -t tmpfs tmpfs /sys/fs/cgroup && cd /sys/fs/cgroup && echo 0::/ > groups && echo $0 > memory.max &&
    echo max > memory.high && echo memory > cgroup.controllers && mount --bind groups /proc/$$/cgroup && exec "$@"`
  return ['unshare', '-m', 'sh', '-c', script, `${count('limit', limit) * MIB}`]
}

async function stored({ url }: Service): Promise<{ bytes: number; entries: number; evictions: number }> {
  const text = await (await fetch(`${url}/metrics`, { signal })).text()
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    )
  return {
    bytes: sum('cache_size_bytes'),
    entries: sum('cache_entries'),
    evictions: sum('cache_evictions_total'),
  }
}

/** Bytes from the system: `VmRSS` of now, or `VmHWM`, its maximum. */
function memoryOf({ pid }: Service, name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
}
