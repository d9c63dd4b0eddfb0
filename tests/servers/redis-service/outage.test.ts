/** The service without its Redis: it starts, answers and stops as with it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freePort } from '../../runtimes/running-service.ts'
import { skipUnless } from '../../support/installed.ts'
import {
  END,
  OUTAGE,
  readUser,
  renameUser,
  runtimes,
  startServiceFor,
  tierLines,
  until,
  untilTier,
} from '../sharing-services.ts'
import { startRedisFor } from './start-redis-for.ts'

describe('an outage of Redis', { skip: skipUnless('redis-server'), concurrency: 2 }, () => {
  for (const runtime of runtimes) {
    it(`fails no request on ${runtime}, and is logged once, as is its end`, {
      timeout: 60_000,
    }, async (t) => {
      const redis = await startRedisFor(t)
      const service = await startServiceFor(t, runtime, { REDIS_URL: `redis://127.0.0.1:${redis.port}` })
      await untilTier(service, 'redis', 'up')
      assert.equal((await readUser(service)).name, 'Alice Johnson')

      await redis.end()
      await untilTier(service, 'redis', 'down')
      for (const name of ['Alice Cooper', 'Alice Springs']) {
        assert.equal(await renameUser(service, name), 200)
        for (let i = 0; i < 5; i++) assert.equal((await readUser(service)).name, name)
      }
      await until(async () => tierLines(service).length === 1)

      await startRedisFor(t, { port: redis.port })
      await untilTier(service, 'redis', 'up')
      assert.equal((await readUser(service)).name, 'Alice Springs')
      await until(async () => tierLines(service).length === 2)
      assert.equal((await service.end()).code, 0)
      assert.deepEqual(tierLines(service), [OUTAGE, END])
    })

    it(`does not delay a probe on ${runtime} while Redis hangs`, { timeout: 60_000 }, async (t) => {
      const redis = await startRedisFor(t)
      const service = await startServiceFor(t, runtime, {
        REDIS_URL: `redis://127.0.0.1:${redis.port}`,
        CACHE_REMOTE_TIMEOUT_MS: '50',
      })
      process.kill(redis.pid, 'SIGSTOP')
      await untilTier(service, 'redis', 'down')
      assert.equal((await readUser(service)).name, 'Alice Johnson')
      process.kill(redis.pid, 'SIGCONT')
      await untilTier(service, 'redis', 'up')

      process.kill(redis.pid, 'SIGSTOP')
      assert.equal((await service.end()).code, 0) // the end does not wait for Redis either
    })

    it(`does not keep the service from starting on ${runtime}`, { timeout: 60_000 }, async (t) => {
      const port = await freePort()
      const service = await startServiceFor(t, runtime, { REDIS_URL: `redis://127.0.0.1:${port}` })
      assert.equal((await readUser(service)).name, 'Alice Johnson')
      await untilTier(service, 'redis', 'down')
      await startRedisFor(t, { port })
      await untilTier(service, 'redis', 'up')
      assert.equal((await service.end()).code, 0)
      assert.deepEqual(tierLines(service), [OUTAGE, END])
    })
  }
})
