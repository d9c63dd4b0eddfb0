/** Several threads take one port, and nobody else gets in among them; what keeps one from starting keeps all. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort, runToEnd } from '../running-service.ts'
import { ask, linesOf, runtimes, startThreads, together } from './threaded-service.ts'

describe('starting several threads', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`starting two threads of ${runtime}`, { timeout: 60_000, concurrency: 2 }, () => {
      let folder: string
      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'hitrate-start-'))
      })
      after(() => rm(folder, { recursive: true, force: true }))

      /** Two threads with a database of their own, which do not start. */
      async function refused(env: Record<string, string>): Promise<string> {
        const DATABASE_URL = `sqlite:${join(folder, 'refused.sqlite')}`
        const { code, output } = await runToEnd(runtime, { THREADS: '2', DATABASE_URL, ...env })
        assert.equal(code, 1, output)
        assert.match(output, /^hitrate cannot start\./m)
        assert.doesNotMatch(output, /\bat .+:\d+:\d+/, 'a stack trace')
        return output
      }

      it('announces them once, when both listen', async () => {
        const service = await startThreads(runtime, { LOG_LEVEL: 'debug' })
        // Nobody who has read the announcement is refused.
        for (const answer of await together(24, () => ask(service, '/health')))
          assert.equal(answer.status, 200)
        const lines = linesOf((await service.end()).output)
        const listening = lines.filter(({ message }) => message === 'Listening')
        assert.deepEqual(
          listening.map(({ properties }) => properties.threads),
          [2],
        )
        const answered = lines.filter(({ message }) => message === 'Request answered')
        assert.deepEqual(new Set(answered.map(({ properties }) => properties.thread)), new Set([0, 1]))
      })

      it('takes the port of another program as little as one thread does', async () => {
        const port = await freePort()
        const other = createServer()
        await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
        const output = await refused({ PORT: String(port) })
        await new Promise((resolve) => other.close(resolve))
        assert.match(output, new RegExp(`The port is taken: HOST 127.0.0.1, PORT ${port}`))
      })

      it('refuses the port to a second service, of one thread or of two, and goes on answering', async () => {
        const service = await startThreads(runtime, { PORT: String(await freePort()) })
        const { port } = new URL(service.url)
        for (const THREADS of ['1', '2'])
          assert.match(await refused({ PORT: port, THREADS }), /The port is taken/)
        for (const answer of await together(24, () => ask(service, '/health')))
          assert.equal(answer.status, 200)
        assert.equal((await service.end()).code, 0)
      })

      it('names the file that is no database, once', async () => {
        const file = join(folder, `${runtime}-notes.txt`)
        await writeFile(file, 'these are notes, not a database: '.repeat(100))
        const output = await refused({ DATABASE_URL: `sqlite:${file}` })
        assert.equal(output, `hitrate cannot start. The database ${file} is not a SQLite database\n`)
      })

      it('refuses an address that is not here', async () => {
        const output = await refused({ HOST: '192.0.2.1', API_TOKEN: 'x' })
        assert.match(output, /Cannot listen on HOST 192\.0\.2\.1, PORT 0: /)
      })

      it('refuses a database in memory, of which each thread would have its own', async () => {
        for (const DATABASE_URL of ['memory:', 'sqlite::memory:']) {
          assert.match(
            await refused({ DATABASE_URL }),
            /^ {2}DATABASE_URL: must be a file with THREADS above 1/m,
          )
        }
        assert.match(await refused({ THREADS: '0' }), /^ {2}THREADS: must be a whole number from 1 to 64$/m)
      })
    })
  }
})
