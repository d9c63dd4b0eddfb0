/** A write in one thread takes effect in all threads before its response. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { rounds } from '../../support/rounds.ts'
import {
  runtimes,
  sample,
  send,
  startThreads,
  type ThreadedService,
  together,
  until,
} from './threaded-service.ts'

const ROUNDS = rounds(20, 60)
const READERS = 8

describe('writes of several threads', { concurrency: true }, () => {
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
        const response = await send(service, path, {
          method,
          headers,
          ...(body && { body: JSON.stringify(body) }),
        })
        await response.text()
        return response.status
      }

      async function nameOf(path: string): Promise<string> {
        const body = (await (await send(service, path)).json()) as { name?: string; error?: string }
        return body.name ?? body.error ?? 'neither'
      }

      it('are never followed by an old response, even under concurrent reads', async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const name = `Alice ${round}`
          const during = together(READERS, () => nameOf('/api/user/user_001'))
          assert.equal(await write('PUT', '/api/user/user_001', { name, email: 'alice@example.com' }), 200)
          const afterwards = await together(READERS, () => nameOf('/api/user/user_001'))
          assert.deepEqual(afterwards, Array(READERS).fill(name), `round ${round}`)
          const either = ['Alice Johnson', `Alice ${round - 1}`, name]
          for (const found of await during) assert.ok(either.includes(found), found)
        }
      })

      it('leave other users stored in each thread', async () => {
        await together(READERS, () => nameOf('/api/user/user_002'))
        const hits = await sample(service, 'cache_hits_total')
        await together(READERS, () => nameOf('/api/user/user_002'))
        await until(async () => (await sample(service, 'cache_hits_total')) >= hits + READERS - 1)
      })

      it('replace a stored 404 by the user, and the user by a 404', async () => {
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

      it('wait for each other, and none is lost', async () => {
        const statuses = await together(60, (i) =>
          write('POST', '/api/user', { id: `crowd_${i}`, name: `${i}`, email: 'crowd@example.com' }),
        )
        assert.deepEqual(statuses, Array(60).fill(201))
        const page = await (await send(service, '/api/users?limit=100')).json()
        assert.equal((page as { total: number }).total, 3 + 60)
      })
    })
  }
})
