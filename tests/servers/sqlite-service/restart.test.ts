/** The cache in a file after the end of its processes. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { ProcessRuntime } from '../../runtimes/running-service.ts'
import {
  type Cleanup,
  folderFor,
  HIT,
  MISS,
  readUser,
  renameUser,
  runtimes,
  startServiceFor,
  until,
  untilStored,
  untilTier,
} from '../sharing-services.ts'

/** The files that a stopped service leaves. */
const LEFT = ['cache.sqlite', 'cache.sqlite-lock', 'users.sqlite']

const USERS = ['user_001', 'user_002', 'user_003']

/** Makes a folder, and returns a function that starts services with their files in it. */
async function serviceIn(test: Cleanup) {
  const folder = await folderFor(test)
  const start = async (runtime: ProcessRuntime, env: Record<string, string> = {}) => {
    const service = await startServiceFor(test, runtime, {
      CACHE_FILE: join(folder, 'cache.sqlite'),
      CACHE_REMOTE_TIMEOUT_MS: '1000',
      DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
      ...env,
    })
    await untilTier(service, 'sqlite', 'up')
    return service
  }
  return { folder, start }
}

describe('a cache in a file', { concurrency: 2 }, () => {
  for (const runtime of runtimes) {
    it(`a stop leaves the file alone on ${runtime}, from which the next process answers at once`, {
      timeout: 60_000,
    }, async (t) => {
      const { folder, start } = await serviceIn(t)
      const first = await start(runtime)
      await untilStored(first, USERS)
      assert.equal((await first.end()).code, 0)
      assert.deepEqual((await readdir(folder)).sort(), LEFT)

      const second = await start(runtime)
      for (const id of USERS) assert.equal((await readUser(second, id)).cacheStatus, HIT)
      assert.equal((await second.end()).code, 0)
    })

    it(`kill -9 on ${runtime} leaves what was stored, and nothing that was invalidated`, {
      timeout: 60_000,
    }, async (t) => {
      const { start } = await serviceIn(t)
      const first = await start(runtime)
      await untilStored(first, USERS)
      assert.equal(await renameUser(first, 'Alice Cooper'), 200)
      await first.end('SIGKILL')

      const second = await start(runtime)
      assert.deepEqual(await readUser(second), { name: 'Alice Cooper', cacheStatus: MISS })
      for (const id of ['user_002', 'user_003']) assert.equal((await readUser(second, id)).cacheStatus, HIT)
      assert.equal((await second.end()).code, 0)
    })

    it(`a service of several threads on ${runtime} leaves the file alone, too`, {
      timeout: 60_000,
      skip: process.platform === 'linux' ? false : 'threads share a port on Linux only',
    }, async (t) => {
      const { folder, start } = await serviceIn(t)
      const first = await start(runtime, { THREADS: '4' })
      await untilStored(first, USERS)
      assert.equal((await first.end()).code, 0)
      assert.deepEqual((await readdir(folder)).sort(), LEFT)

      const second = await start(runtime, { THREADS: '4' })
      for (const id of USERS) assert.equal((await readUser(second, id)).cacheStatus, HIT)
      assert.equal((await second.end()).code, 0)
    })
  }

  it('a file of one runtime answers on the other', { timeout: 60_000 }, async (t) => {
    const { start } = await serviceIn(t)
    const onNode = await start('node')
    await untilStored(onNode, USERS)
    const onBun = await start('bun') // at the same time
    for (const id of USERS) assert.equal((await readUser(onBun, id)).cacheStatus, HIT)
    assert.equal(await renameUser(onBun, 'Alice Cooper'), 200)
    await until(async () => (await readUser(onNode)).name === 'Alice Cooper')
    for (const service of [onNode, onBun]) assert.equal((await service.end()).code, 0)
  })
})
