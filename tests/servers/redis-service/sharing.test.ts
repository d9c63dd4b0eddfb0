/** Several processes, and several threads, with one cache in Redis. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { send } from '../../runtimes/threads/threaded-service.ts'
import { skipUnless } from '../../support/installed.ts'
import { NOTHING } from '../../support/test-purge.ts'
import { startRedis } from '../redis-server.ts'
import type { RunningServer } from '../server-process.ts'
import {
  HIT,
  MISS,
  namesFrom,
  readUser,
  renameUser,
  runtimes,
  startSharing,
  until,
} from '../sharing-services.ts'

describe('sharing a Redis', { skip: skipUnless('redis-server'), concurrency: 2 }, () => {
  let redis: RunningServer
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis?.end())

  /** Each test has a database of its own, so that the entries of one are not hits of another. */
  let databases = 0
  const newDatabase = () => ({ REDIS_URL: `redis://127.0.0.1:${redis.port}/${databases++}` })

  for (const runtime of runtimes) {
    it(`lets two processes of ${runtime} share responses, and a write in one reaches the other`, {
      timeout: 60_000,
    }, async (t) => {
      const [one, two] = await startSharing(t, runtime, 'redis', newDatabase())
      // A gap in the messages during the load, as on a busy machine, keeps the response from being stored.
      await until(async () => (await readUser(one)).cacheStatus === MISS)
      assert.deepEqual(await readUser(two), { name: 'Alice Johnson', cacheStatus: HIT })

      assert.equal(await renameUser(two, 'Alice Cooper'), 200)
      assert.equal((await readUser(two)).name, 'Alice Cooper')
      await until(async () => (await readUser(one)).name === 'Alice Cooper')
      for (const service of [one, two]) assert.equal((await service.end()).code, 0)
    })

    it(`counts and removes in one process of ${runtime} the responses of another`, {
      timeout: 60_000,
    }, async (t) => {
      const [one, two] = await startSharing(t, runtime, 'redis', { ...newDatabase(), ADMIN_TOKEN: 'secret' })
      const purge = async (body: object) => {
        const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' }
        const init = { method: 'POST', headers, body: JSON.stringify(body) }
        return (await send(two, '/admin/purge', init)).json()
      }
      const urls = ['/api/user/user_001']
      assert.deepEqual(await purge({ urls }), { ...NOTHING, unmatched: urls })
      for (const [body, done] of [
        [{ urls }, { urls: 1 }],
        [{ prefixes: ['/api/user/'] }, { prefixes: 1 }],
        [
          { prefixes: ['/'], tags: ['users'] },
          { prefixes: 1, tags: 1 },
        ],
      ] as const) {
        await until(async () => (await readUser(one)).cacheStatus === MISS)
        await until(async () => (await readUser(two)).cacheStatus === HIT)
        assert.deepEqual(await purge(body), { ...NOTHING, ...done })
      }
      await until(async () => (await readUser(one)).cacheStatus === MISS)
      assert.deepEqual(await purge({ urls, soft: true }), { ...NOTHING, urls: 1 })
      assert.equal((await readUser(two)).cacheStatus, 'hitrate; hit; ttl=-N')
      for (const service of [one, two]) assert.equal((await service.end()).code, 0)
    })

    it(`lets threads of two processes of ${runtime} share responses, and a write reaches all of them`, {
      timeout: 60_000,
      skip: process.platform === 'linux' ? false : 'threads share a port on Linux only',
    }, async (t) => {
      const [one, two] = await startSharing(t, runtime, 'redis', { ...newDatabase(), THREADS: '2' })
      for (const service of [one, two]) assert.deepEqual(await namesFrom(service), ['Alice Johnson'])

      assert.equal(await renameUser(two, 'Alice Cooper'), 200)
      assert.deepEqual(await namesFrom(two), ['Alice Cooper'])
      await until(async () => (await namesFrom(one)).join() === 'Alice Cooper')
      for (const service of [one, two]) assert.equal((await service.end()).code, 0)
    })
  }
})
