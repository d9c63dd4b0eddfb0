/** The life of the service as a process, on Bun and on Node: start, serve, stop when told to, leave nothing half done. */
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'
import type { Logger } from '@logtape/logtape'
import { version } from '../../version.ts'
import { openLog } from '../logging/log.ts'
import { addressOf, DRAIN_MS, type Runtime, type Serving, serve } from '../serving/serve.ts'
import { type Config, readConfig } from '../startup/config.ts'
import { whyNotStarted } from '../startup/start-error.ts'
import { runThread } from '../threads/run-thread.ts'
import { supervise } from '../threads/supervisor.ts'

/**
 * Runs the service until SIGTERM or SIGINT. Exits with 0 when all was answered, 1 when it could not start or finish. In a
 * thread that it has started itself, runs that thread.
 */
export async function runProcess(runtime: Runtime): Promise<void> {
  if (!isMainThread) return runThread(runtime)

  const startedAt = Date.now() - process.uptime() * 1000
  const readable = process.stdout.isTTY === true
  let config: Config
  let log: Logger
  let serving: Serving
  try {
    config = readConfig(process.env, { defaultHost: '127.0.0.1', oneThread: oneThread() })
    log = openLog({ level: config.logLevel, readable })
    serving =
      config.threads === 1
        ? await serve({ runtime, config, log, startedAt })
        : await supervise({ runtime, config, log, startedAt, readable })
  } catch (error) {
    refuse(error)
  }
  const told = firstSignal() // before anyone can know that we listen
  announce({ log, config, port: serving.port, runtime: runtime.name, readable })

  log.info('Stopping: finishing what was received', { signal: await told })
  const drained = await serving.stop()
  if (drained) log.info('Stopped')
  else log.error('Stopped with requests unanswered', { drainMs: DRAIN_MS })
  process.exit(drained ? 0 : 1)
}

/** What keeps the service from starting is told to whoever started it, in words. */
function refuse(error: unknown): never {
  process.stderr.write(`hitrate cannot start. ${whyNotStarted(error)}\n`)
  process.exit(1)
}

/** Why this system is no place for several threads. */
function oneThread(): string | undefined {
  const spreads = process.platform !== 'darwin' && process.platform !== 'win32'
  return spreads ? undefined : 'this system does not spread connections over threads, Linux does'
}

interface Announcement {
  log: Logger
  config: Config
  port: number
  runtime: string
  readable: boolean
}

function announce({ log, config, port, runtime, readable }: Announcement): void {
  const { host } = addressOf(config)
  const { threads } = config
  const url = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`
  const urls = { user: `${url}/api/user/user_001`, health: `${url}/health`, metrics: `${url}/metrics` }
  if (!readable) {
    log.info('Listening', { url, ...urls, version, runtime, threads })
    return
  }
  const lines = [
    `hitrate ${version} on ${runtime}${threads > 1 ? `, ${threads} threads` : ''}`,
    `  ${url}`,
    ...Object.values(urls).map((line) => `  ${line}`),
  ]
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

/**
 * Whoever asks twice does not want to wait: the second ends the process. The listeners stay, since without one a signal
 * has the system's own effect, and a process that it kills has no exit code.
 */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(1)
        asked = true
        resolve(signal)
      })
    }
  })
}
