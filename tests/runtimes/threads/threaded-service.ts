/** A service of two threads with its own database. A test can make one of the threads die or hang. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProcessRuntime, type RunningService, root, startService } from '../running-service.ts'
import { scrapeValues } from '../scrape-values.ts'
import type { Fault } from './faults.ts'

export const runtimes = ['bun', 'node'] as const satisfies ProcessRuntime[]

export interface ThreadedService extends RunningService {
  /** The database file. */
  database: string
  /** Makes one of the threads, either of them, die or hang soon. */
  fault(kind: Fault): Promise<void>
  /** Parsed log lines so far. */
  lines(): LogLine[]
}

export interface LogLine {
  '@timestamp': string
  level: string
  message: string
  properties: Record<string, unknown>
}

const preload = { bun: '--preload', node: '--import' }

export async function startThreads(
  runtime: ProcessRuntime,
  env: Record<string, string> = {},
): Promise<ThreadedService> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-threads-'))
  const database = join(folder, 'users.sqlite')
  const service = await startService(
    runtime,
    { THREADS: '2', DATABASE_URL: `sqlite:${database}`, FAULTS: folder, ...env },
    [preload[runtime], join(root, 'tests/runtimes/threads/faults.ts')],
  )
  return {
    ...service,
    database,
    fault: (kind) => writeFile(join(folder, kind), ''),
    lines: () => linesOf(service.output()),
    async end(signal) {
      const ended = await service.end(signal)
      await rm(folder, { recursive: true, force: true })
      return ended
    },
  }
}

/** Parses the log lines of an output. The last line may be incomplete, and is left out then. */
export function linesOf(output: string): LogLine[] {
  const complete = output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'))
  return complete.map((line) => JSON.parse(line) as LogLine)
}

/** Sends a request over a new connection, which any thread may accept. */
export function send(service: RunningService, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(service.url + path, { ...init, headers: { ...init.headers, connection: 'close' } })
}

/** Runs `work` concurrently, `times` times. */
export function together<T>(times: number, work: (i: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, i) => work(i)))
}

/** Scrapes the service and returns one sample. */
export async function sample(service: RunningService, name: string): Promise<number> {
  return (await scrapeValues(service.url)).get(name) ?? Number.NaN
}

/**
 * Polls with pauses, so that the threads get the processor.
 *
 * @throws {Error} after 50 seconds: the timeout of a test does not end its loops, and these would keep the test file from ending.
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 50_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('The condition did not become true within 50 s')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
