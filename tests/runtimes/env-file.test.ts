/** The service reads the environment, and no `.env` file of its folder, on each runtime. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, before, describe, it } from 'node:test'
import { commands, root } from './running-service.ts'

describe('a folder with an .env file', { concurrency: true }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-env-'))
    await copyFile(join(root, 'bunfig.toml'), join(folder, 'bunfig.toml'))
    await writeFile(join(folder, '.env'), 'THREADS=zero\n')
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const runtime of ['bun', 'node'] as const) {
    it(`is without effect on ${runtime}`, { timeout: 30_000 }, async () => {
      assert.match(await outputOf(runtime), /"message":"Listening"/)
    })

    it(`is read on ${runtime} with --env-file=.env`, { timeout: 30_000 }, async () => {
      assert.match(await outputOf(runtime, '--env-file=.env'), /THREADS: must be a whole number/)
    })
  }

  /** Runs the service in the folder until it listens or ends. */
  function outputOf(runtime: 'bun' | 'node', ...flags: string[]): Promise<string> {
    const [command, args] = commands[runtime]
    const file = join(root, args.at(-1) ?? '')
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATABASE_URL: 'memory:' }
    const child = spawn(command, [...flags, ...args.slice(0, -1), file], {
      ...{ cwd: folder, env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
        if (output.includes('Listening')) child.kill('SIGTERM')
      })
    }
    return new Promise((resolve) => child.once('close', () => resolve(output)))
  }
})
