/** Starts an installed server as a process on a free port of 127.0.0.1. */
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { freePort } from '../runtimes/running-service.ts'

export interface RunningServer {
  port: number
  pid: number
  /** Kills the process without warning; resolves when it has ended. Can be called again. */
  end(): Promise<void>
}

/**
 * @param ready matches the output once the server accepts connections, or resolves to true for its port then
 * @param onPort port of an earlier server that has ended. Default: a free one.
 */
export async function startServer(
  program: string,
  args: (port: number) => string[],
  ready: Ready,
  onPort?: number,
): Promise<RunningServer> {
  if (onPort !== undefined) return startOn(onPort, program, args, ready)
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(await freePort(), program, args, ready)
    } catch (error) {
      // Another process may take the port before the server does.
      if (attempt === MAX_ATTEMPTS || !PORT_IN_USE.test(String(error))) throw error
    }
  }
}

/** Matches the output once the server accepts connections, or resolves to true for its port then. */
type Ready = RegExp | ((port: number) => Promise<boolean>)

const MAX_ATTEMPTS = 5

const PORT_IN_USE = /address already in use/i

async function startOn(
  port: number,
  program: string,
  args: (port: number) => string[],
  ready: Ready,
): Promise<RunningServer> {
  const child = spawn(program, args(port), { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] })
  // An interrupted test run must not leave the process behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.off('exit', kill)
      resolve()
    })
  })

  await new Promise<void>((resolve, reject) => {
    let output = ''
    const look = (chunk: Buffer) => {
      output += chunk
      if (ready instanceof RegExp && ready.test(output)) resolve()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    let isEnded = false
    child.once('error', reject)
    child.once('close', (code) => {
      isEnded = true
      reject(new Error(`${program} exited with ${code} before it was ready:\n${output}`))
    })
    if (!(ready instanceof RegExp)) void poll(() => isEnded || ready(port)).then(resolve)
  })
  // Later output is dropped, but must be read, or the process would block.
  for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners('data').resume()

  return {
    port,
    pid: child.pid ?? 0,
    end() {
      kill()
      return ended
    },
  }
}

async function poll(isOver: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isOver())) await new Promise((resolve) => setTimeout(resolve, 5))
}
