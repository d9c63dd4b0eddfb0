/** A service of two threads, with a database of its own, whose threads die or hang at a test's word. */
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
  /** One of the threads, nobody knows which, is going to. */
  fault(kind: Fault): Promise<void>
  /** Log lines, as they were written. */
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

/** The log lines among all that was written; the last may be on its way. */
export function linesOf(output: string): LogLine[] {
  const whole = output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'))
  return whole.map((line) => JSON.parse(line) as LogLine)
}

/** Asks over a connection of its own, which any thread may accept. */
export function ask(service: RunningService, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(service.url + path, { ...init, headers: { ...init.headers, connection: 'close' } })
}

/** Does it so many times at once. */
export function together<T>(times: number, work: (i: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, i) => work(i)))
}

/** A sample of one scrape. */
export async function sample(service: RunningService, name: string): Promise<number> {
  return (await scrapeValues(service.url)).get(name) ?? Number.NaN
}

/** Asks again and again, as fast as answers come; the test's own timeout ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}
