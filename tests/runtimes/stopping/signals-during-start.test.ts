/** Signals at random moments of the start, and readiness while some threads do not listen yet. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, it } from 'node:test'
import { seededRandom } from '../../support/seeded-random.ts'
import { commands, freePort, type ProcessRuntime, root } from '../running-service.ts'

/** Starts per runtime that a signal ends. */
const STARTS = Number(process.env.HITRATE_STARTS ?? 1)

/** Longest time from the first line of the program to the signal, in ms. A start takes about half of it. */
const LONGEST_MS = 1500

const seed = Number(process.env.HITRATE_SEED ?? Date.now() % 1e9)

const skip = existsSync('/proc/net/tcp') ? false : 'needs /proc of Linux'

describe(`a start with four threads, seed ${seed}`, { concurrency: 2, skip }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-signals-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const runtime of ['bun', 'node'] as const) {
    const random = seededRandom(seed)
    const moments = Array.from({ length: STARTS }, () => Math.floor(random() ** 2 * LONGEST_MS))
    it(`ends with 0 on ${runtime} at each signal after its first line`, { timeout: 300_000 }, async () => {
      for (const [start, moment] of moments.entries()) {
        const service = launch(runtime, join(folder, `${runtime}-${start}.sqlite`))
        await service.printed('The handlers of signals stand')
        await new Promise((resolve) => setTimeout(resolve, moment))
        const { code, signal, output } = await service.end(start % 2 === 0 ? 'SIGTERM' : 'SIGINT')
        assert.deepEqual({ code, signal }, { code: 0, signal: null }, `after ${moment} ms:\n${output}`)
        assert.match(output, /"message":"Stopped"/)
      }
    })

    it(`is not ready on ${runtime} before all threads listen`, { timeout: 60_000 }, async () => {
      const port = await freePort()
      const service = launch(runtime, join(folder, `${runtime}-ready.sqlite`), port)
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port}/health/ready`, {
          headers: { connection: 'close' },
        }).catch(() => undefined)
        if (response?.status === 200) break
        const body = await response?.text().catch(() => undefined)
        if (body !== undefined) assert.match(body, /^{"status":"starting"/)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const listening = listeners(port)
      const { code, output } = await service.end('SIGTERM')
      assert.deepEqual([listening, code], [4, 0], output)
    })
  }
})

interface Launched {
  /** Resolves once the output has the text. */
  printed(text: string): Promise<void>
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>
}

/** Starts the service without waiting for it. */
function launch(runtime: ProcessRuntime, database: string, port = 0): Launched {
  const [command, args] = commands[runtime]
  const variables = { PORT: String(port), THREADS: '4', DATABASE_URL: `sqlite:${database}` }
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...variables }
  const preload = [
    { bun: '--preload', node: '--import' }[runtime],
    join(import.meta.dirname, 'print-signal-handlers.ts'),
  ]
  const child = spawn(command, [...preload, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (code, signal) => {
      process.off('exit', kill)
      resolve([code, signal])
    }),
  )
  return {
    async printed(text) {
      while (!output.includes(text))
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')])
    },
    async end(name) {
      child.kill(name)
      const [code, signal] = await closed
      return { code, signal, output }
    },
  }
}

/** Number of sockets that listen on the port of 127.0.0.1. */
function listeners(port: number): number {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return lines.filter((line) => new RegExp(`^\\s*\\d+: ${address} 00000000:0000 0A `).test(line)).length
}
