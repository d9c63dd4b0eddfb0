/** A write in one thread holds in all of them as soon as it is answered. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  ask,
  runtimes,
  sample,
  startThreads,
  type ThreadedService,
  together,
  until,
} from './threaded-service.ts'

const ROUNDS = 60
const READERS = 8

describe('what one of several threads writes', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`writing in two threads of ${runtime}`, { timeout: 60_000, concurrency: false }, () => {
      let service: ThreadedService
      before(async () => {
        service = await startThreads(runtime)
      })
      after(async () => {
        await service?.end()
      })

      async function write(method: string, path: string, body?: object): Promise<number> {
        const headers = { 'content-type': 'application/json' }
        const response = await ask(service, path, {
          method,
          headers,
          ...(body && { body: JSON.stringify(body) }),
        })
        await response.text()
        return response.status
      }

      async function nameOf(path: string): Promise<string> {
        const body = (await (await ask(service, path)).json()) as { name?: string; error?: string }
        return body.name ?? body.error ?? 'neither'
      }

      it('is never followed by an old answer, also when readers ask all the while', async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const name = `Alice ${round}`
          const during = together(READERS, () => nameOf('/api/user/user_001'))
          assert.equal(await write('PUT', '/api/user/user_001', { name, email: 'alice@example.com' }), 200)
          const afterwards = await together(READERS, () => nameOf('/api/user/user_001'))
          assert.deepEqual(afterwards, Array(READERS).fill(name), `round ${round}`)
          const either = ['Alice Johnson', `Alice ${round - 1}`, name]
          for (const seen of await during) assert.ok(either.includes(seen), seen)
        }
      })

      it('is seen in what each thread keeps, and not only because nothing is kept', async () => {
        await together(READERS, () => nameOf('/api/user/user_002'))
        const hits = await sample(service, 'cache_hits_total')
        await together(READERS, () => nameOf('/api/user/user_002'))
        await until(async () => (await sample(service, 'cache_hits_total')) >= hits + READERS - 1)
      })

      it('is seen by those who had been told that there is no such user, and the other way round', async () => {
        for (let round = 0; round < ROUNDS / 4; round++) {
          const path = `/api/user/dave_${round}`
          const absent = await together(READERS, () => nameOf(path))
          assert.deepEqual(absent, Array(READERS).fill('User not found'))
          const dave = { id: `dave_${round}`, name: 'Dave', email: 'dave@example.com' }
          assert.equal(await write('POST', '/api/user', dave), 201)
          assert.deepEqual(await together(READERS, () => nameOf(path)), Array(READERS).fill('Dave'))
          assert.equal(await write('DELETE', path), 204)
          assert.deepEqual(await together(READERS, () => nameOf(path)), absent)
        }
      })

      it('waits for a write in the other thread, and loses none', async () => {
        const statuses = await together(60, (i) =>
          write('POST', '/api/user', { id: `crowd_${i}`, name: `${i}`, email: 'crowd@example.com' }),
        )
        assert.deepEqual(statuses, Array(60).fill(201))
        const page = await (await ask(service, '/api/users?limit=100')).json()
        assert.equal((page as { total: number }).total, 3 + 60)
      })
    })
  }
})
