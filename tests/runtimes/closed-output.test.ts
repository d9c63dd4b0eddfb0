/** A reader of the log that ends, such as a crashed log shipper, takes no request with it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { describe, it } from 'node:test'
import { commands, root } from './running-service.ts'

describe('a service whose standard output was closed', { concurrency: 2 }, () => {
  for (const runtime of ['bun', 'node'] as const) {
    for (const threads of ['1', '2']) {
      it(`answers on ${runtime} with THREADS=${threads}, and stops with 0`, { timeout: 60_000 }, async () => {
        const [command, args] = commands[runtime]
        const { PATH, HOME } = process.env
        const folder = await mkdtemp(join(tmpdir(), 'hitrate-output-'))
        const database = `sqlite:${join(folder, 'users.sqlite')}`
        const service = { PORT: '0', DATABASE_URL: database, THREADS: threads, ACCESS_LOG: 'on' }
        const child = spawn(command, args, {
          ...{ cwd: root, env: { PATH, HOME, ...service } },
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        try {
          let output = ''
          for await (const chunk of child.stdout) {
            output += String(chunk)
            if (output.includes('"url":"')) break // which closes the pipe
          }
          const [, url = 'no URL'] = /"url":"(http[^"]+)"/.exec(output) ?? []
          const until = performance.now() + 500 // lines of the access log wait for 100 ms at most
          while (performance.now() < until) {
            const response = await fetch(`${url}/api/user/user_001`, { headers: { connection: 'close' } })
            assert.equal(response.status, 200)
            await response.arrayBuffer()
          }
          child.kill('SIGTERM')
          assert.deepEqual(await once(child, 'exit'), [0, null])
        } finally {
          child.kill('SIGKILL')
          await rm(folder, { recursive: true, force: true })
        }
      })
    }
  }
})
