/** Several processes, and several threads, with one cache in Redis. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startRedis } from '../../servers/redis-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'
import { skipUnless } from '../../support/installed.ts'
import { readUser, renameUser, runtimes, startSharing, until } from './redis-service.ts'

const MISS = 'hitrate; fwd=uri-miss; ttl=N; stored'
const HIT = 'hitrate; hit; ttl=N'

describe('sharing a Redis', { skip: skipUnless('redis-server'), concurrency: 2 }, () => {
  let redis: RunningServer
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.end())

  for (const [database, runtime] of runtimes.entries()) {
    /** Each runtime has a database of its own, so that the entries of one are not hits of the other. */
    const url = () => `redis://127.0.0.1:${redis.port}/${database}`

    it(`lets two processes of ${runtime} share responses, and a write in one reaches the other`, {
      timeout: 60_000,
    }, async () => {
      const { services, end } = await startSharing(runtime, url(), 2)
      const [one, two] = services as [(typeof services)[0], (typeof services)[0]]

      assert.deepEqual(await readUser(one), { name: 'Alice Johnson', cacheStatus: MISS })
      assert.deepEqual(await readUser(two), { name: 'Alice Johnson', cacheStatus: HIT })

      assert.equal(await renameUser(two, 'Alice Cooper'), 200)
      assert.equal((await readUser(two)).name, 'Alice Cooper')
      await until(async () => (await readUser(one)).name === 'Alice Cooper')
      assert.deepEqual(await end(), [0, 0])
    })

    it(`lets two threads of ${runtime} share responses, and a write in one reaches the other`, {
      timeout: 60_000,
      skip: process.platform === 'linux' ? false : 'threads share a port on Linux only',
    }, async () => {
      const { services, end } = await startSharing(runtime, `${url().slice(0, -1)}${database + 2}`, 1, {
        THREADS: '2',
      })
      const [service] = services as [(typeof services)[0]]
      assert.deepEqual(await readUser(service), { name: 'Alice Johnson', cacheStatus: MISS })
      // Enough connections to reach both threads: none of them loads.
      const reads = await Promise.all(Array.from({ length: 16 }, () => readUser(service)))
      assert.deepEqual(new Set(reads.map(({ cacheStatus }) => cacheStatus)), new Set([HIT]))

      assert.equal(await renameUser(service, 'Alice Cooper'), 200)
      const names = await Promise.all(Array.from({ length: 16 }, () => readUser(service)))
      assert.deepEqual(new Set(names.map(({ name }) => name)), new Set(['Alice Cooper']))
      assert.deepEqual(await end(), [0])
    })
  }
})
