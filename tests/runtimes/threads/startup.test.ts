/** Several threads listen on one port that no other service shares. If one thread cannot start, none does. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort, runToEnd } from '../running-service.ts'
import { linesOf, runtimes, send, startThreads, together } from './threaded-service.ts'

describe('starting several threads', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`starting two threads of ${runtime}`, { timeout: 60_000, concurrency: 2 }, () => {
      let folder: string
      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'hitrate-start-'))
      })
      after(() => rm(folder, { recursive: true, force: true }))

      /** Runs a service that cannot start, and returns its output. */
      async function failedStart(env: Record<string, string>): Promise<string> {
        const DATABASE_URL = `sqlite:${join(folder, 'unused.sqlite')}`
        const { code, output } = await runToEnd(runtime, { THREADS: '2', DATABASE_URL, ...env })
        assert.equal(code, 1, output)
        assert.match(output, /^hitrate cannot start\./m)
        assert.doesNotMatch(output, /\bat .+:\d+:\d+/, 'a stack trace')
        return output
      }

      it('announces the service once, when both threads listen', async () => {
        const service = await startThreads(runtime, { LOG_LEVEL: 'debug' })
        // Every connection after the announcement is accepted.
        for (const response of await together(24, () => send(service, '/health')))
          assert.equal(response.status, 200)
        const lines = linesOf((await service.end()).output)
        const listening = lines.filter(({ message }) => message === 'Listening')
        assert.deepEqual(
          listening.map(({ properties }) => properties.threads),
          [2],
        )
        const requests = lines.filter(({ message }) => message === 'Request answered')
        assert.deepEqual(new Set(requests.map(({ properties }) => properties.thread)), new Set([0, 1]))
      })

      it('refuses the port of another program', async () => {
        const port = await freePort()
        const other = createServer()
        await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
        const output = await failedStart({ PORT: String(port) })
        await new Promise((resolve) => other.close(resolve))
        assert.match(output, new RegExp(`The port is taken: HOST 127.0.0.1, PORT ${port}`))
      })

      it('refuses the port of a running service, to one thread and to two', async () => {
        const service = await startThreads(runtime, { PORT: String(await freePort()) })
        const { port } = new URL(service.url)
        for (const THREADS of ['1', '2'])
          assert.match(await failedStart({ PORT: port, THREADS }), /The port is taken/)
        for (const response of await together(24, () => send(service, '/health')))
          assert.equal(response.status, 200)
        assert.equal((await service.end()).code, 0)
      })

      it('names a file that is not a database, once', async () => {
        const file = join(folder, `${runtime}-notes.txt`)
        await writeFile(file, 'these are notes, not a database: '.repeat(100))
        const output = await failedStart({ DATABASE_URL: `sqlite:${file}` })
        assert.equal(output, `hitrate cannot start. The database ${file} is not a SQLite database\n`)
      })

      it('refuses an address of another machine', async () => {
        const output = await failedStart({ HOST: '192.0.2.1', API_TOKEN: 'a-token-for-writes' })
        assert.match(output, /Cannot listen on HOST 192\.0\.2\.1, PORT 0: /)
      })

      it('refuses a database in memory', async () => {
        for (const DATABASE_URL of ['memory:', 'sqlite::memory:']) {
          assert.match(
            await failedStart({ DATABASE_URL }),
            /^ {2}DATABASE_URL: must be a file with THREADS above 1/m,
          )
        }
        assert.match(
          await failedStart({ THREADS: '0' }),
          /^ {2}THREADS: must be a whole number from 1 to 64$/m,
        )
      })
    })
  }
})
