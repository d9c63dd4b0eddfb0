/** A thread that dies, or a whole process, does not keep the others from the cache file. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sample, startThreads } from '../../runtimes/threads/threaded-service.ts'
import {
  folderFor,
  HIT,
  namesFrom,
  readUser,
  renameUser,
  runtimes,
  startServiceFor,
  until,
  untilStored,
  untilTier,
} from '../sharing-services.ts'

const skip = process.platform === 'linux' ? false : 'threads share a port on Linux only'

describe('the cache file of a thread that dies', { skip, concurrency: 2 }, () => {
  for (const runtime of runtimes) {
    it(`the other threads and processes share it as before on ${runtime}`, { timeout: 60_000 }, async (t) => {
      const CACHE_FILE = join(await folderFor(t), 'cache.sqlite')
      const env = { CACHE_FILE, CACHE_REMOTE_TIMEOUT_MS: '1000' }
      const threaded = await startThreads(runtime, env)
      t.after(() => threaded.end('SIGKILL'))
      const DATABASE_URL = `sqlite:${threaded.database}`
      const other = await startServiceFor(t, runtime, { ...env, DATABASE_URL })
      for (const service of [threaded, other]) await untilTier(service, 'sqlite', 'up')
      await untilStored(threaded, ['user_001'])

      for (const [i, fault] of (['throw', 'exit'] as const).entries()) {
        await threaded.fault(fault)
        await until(async () => (await sample(threaded, 'hitrate_thread_restarts_total').catch(() => 0)) > i)
        const name = `New Name ${i}`
        assert.equal(await renameUser(threaded, name), 200)
        assert.deepEqual(await namesFrom(threaded), [name])
        await until(async () => (await readUser(other)).name === name)
      }
      await untilStored(threaded, ['user_002'])
      assert.equal((await readUser(other, 'user_002')).cacheStatus, HIT)
      for (const service of [threaded, other]) assert.equal((await service.end()).code, 0)
    })
  }
})
