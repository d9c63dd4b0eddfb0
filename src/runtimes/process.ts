/** The life of the service as a process, on Bun and on Node: start, serve, stop when told to, leave nothing half done. */
import process from 'node:process'
import type { Logger } from '@logtape/logtape'
import type { Hono } from 'hono'
import { RepositoryError, type UserRepository } from '../repository/repository.ts'
import { version } from '../version.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { type Draining, draining } from './draining.ts'
import { errorText, openLog } from './log.ts'
import { openRepository } from './open-repository.ts'
import { openService } from './open-service.ts'
import { processReaders } from './process-readers.ts'

/** A server that listens. */
export interface Server {
  port: number
  /** Stops accepting and closes idle connections; resolves when the last connection is closed. */
  stop(): Promise<void>
  /** Closes every connection. */
  kill(): void
}

export interface Runtime {
  /** `bun` or `node`, with its version. */
  name: string
  /** @throws when it cannot listen there. */
  listen(fetch: Hono['fetch'], host: string, port: number): Promise<Server>
}

/** How long requests already received may take to finish once the process is told to stop. */
const DRAIN_MS = 10_000

/**
 * A client that sends on an idle connection just as it is closed loses its request. So for this long every answer
 * asks its client to leave, before idle connections are closed: those still open then are really idle.
 */
const FAREWELL_MS = 100

const SWEEP_MS = 10_000

/** Runs the service until SIGTERM or SIGINT. Exits with 0 when all was answered, 1 when it could not start or finish. */
export async function runProcess(runtime: Runtime): Promise<void> {
  let config: Config
  let repository: UserRepository
  try {
    config = readConfig(process.env, { defaultHost: '127.0.0.1' })
    repository = openRepository(config.database)
  } catch (error) {
    refuse(error)
  }

  const log = openLog({ level: config.logLevel, readable: process.stdout.isTTY === true })
  const { app, cache } = openService({
    config,
    repository,
    log,
    runtime: runtime.name,
    process: processReaders(),
    coalesce: true,
  })
  const service = draining(app.fetch)
  const host = config.host ?? '127.0.0.1'
  let server: Server
  try {
    server = await runtime.listen(service.fetch, host, config.port)
  } catch (error) {
    await repository.close()
    refuse(error, `HOST ${host}, PORT ${config.port}`)
  }
  // What is dead leaves also when nobody reads or writes.
  const sweeping = setInterval(() => cache.stats(), SWEEP_MS)
  sweeping.unref()
  const told = nextSignal() // before anyone can know that we listen
  announce(log, host, server.port, runtime.name)

  log.info('Stopping: finishing what was received', { signal: await told })
  void nextSignal().then(() => process.exit(1)) // whoever asks twice does not want to wait
  service.begin()
  const drained = await within(DRAIN_MS, stopGently(server, service))
  await repository.close()
  if (drained) log.info('Stopped')
  else log.error('Stopped with requests unanswered', { drainMs: DRAIN_MS })
  process.exit(drained ? 0 : 1)
}

/** What keeps the service from starting is told to whoever started it, in words. */
function refuse(error: unknown, where?: string): never {
  process.stderr.write(`hitrate cannot start. ${reason(error, where)}\n`)
  process.exit(1)
}

function reason(error: unknown, where: string | undefined): string {
  if (error instanceof ConfigError || error instanceof RepositoryError) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === 'EADDRINUSE') return `The port is taken: ${where}`
  // Errors of the system have a code, and their message says what is wrong with the address.
  if (where !== undefined && code !== undefined)
    return `It cannot listen at ${where}: ${(error as Error).message}`
  return errorText(error)
}

function announce(log: Logger, host: string, port: number, runtime: string): void {
  const url = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
  const urls = { user: `${url}/api/user/user_001`, health: `${url}/health`, metrics: `${url}/metrics` }
  if (process.stdout.isTTY !== true) {
    log.info('Listening', { url, ...urls, version, runtime })
    return
  }
  const lines = [
    `hitrate ${version} on ${runtime}`,
    `  ${url}`,
    ...Object.values(urls).map((line) => `  ${line}`),
  ]
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
}

/** Resolves when every request received has been answered; connections that never sent one do not count. */
async function stopGently(server: Server, service: Draining): Promise<void> {
  await pause(FAREWELL_MS)
  const closed = server.stop()
  await service.idle()
  // The last answers may still be on their way out.
  await Promise.race([closed, pause(FAREWELL_MS)])
  server.kill()
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** True when the work was done in time. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), ms).unref())
  return Promise.race([work.then(() => true), late])
}
