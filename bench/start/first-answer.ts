/** Starts a program, and measures the time to its first answer. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

export interface Start {
  /** From the spawn to the first 200, ms. */
  ms: number
  /** Processor time of all threads of the process until then, ms; NaN where there is no /proc. */
  cpuMs: number
}

const TIMEOUT_MS = 60_000

/**
 * Runs the program with a free `PORT` until `GET /api/user/user_001` is 200, and ends it as an operator does, with SIGTERM.
 * @throws {Error} when the program ends before, or does not answer within a minute.
 */
export async function firstAnswer(
  [program = '', ...args]: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Start> {
  const port = await freePort()
  const { PATH = '' } = process.env
  const spawnedAt = performance.now()
  const child = spawn(program, args, {
    env: { PATH, NODE_NO_WARNINGS: '1', PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    signal,
  })
  const ended = once(child, 'exit')
  while (!(await isAnswering(port))) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (hasEnded) throw new Error(`${program} ${args.join(' ')} ended before it answered`)
    if (performance.now() - spawnedAt > TIMEOUT_MS) throw new Error(`No answer from ${args.join(' ')}`)
    await pause(1, undefined, { signal })
  }
  const start = { ms: performance.now() - spawnedAt, cpuMs: cpuMs(child) }
  child.kill()
  await ended
  return start
}

/** Resolves with true if the port answers with 200, and with false if nothing listens yet. */
function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET /api/user/user_001 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    )
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1').startsWith('HTTP/1.1 200'))
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')
  return address.port
}

/** The kernel counts the nanoseconds of each thread; /proc/PID/stat has ticks of 10 ms, as long as a start of Bun takes. */
function cpuMs({ pid }: ChildProcess): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const times = threads.map((id) => readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0])
    return times.reduce((sum, time) => sum + Number(time), 0) / 1e6
  } catch {
    return Number.NaN
  }
}
