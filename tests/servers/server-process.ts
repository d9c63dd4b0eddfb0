/** A server of the machine as a process of its own, on a free port of 127.0.0.1. */
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { freePort } from '../runtimes/running-service.ts'

export interface RunningServer {
  port: number
  pid: number
  /** Kills it, as a machine that goes away; resolves when it has ended. Again: nothing more. */
  end(): Promise<void>
}

/** @param ready what it prints once it takes connections */
export async function startServer(
  program: string,
  args: (port: number) => string[],
  ready: RegExp,
): Promise<RunningServer> {
  const port = await freePort()
  const child = spawn(program, args(port), { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] })
  // A test run that is interrupted leaves nothing behind.
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
      if (ready.test(output)) resolve()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`${program} ended with ${code} at its start:\n${output}`)))
  })
  // Nothing is kept of what it prints from now on, but it must be read.
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
