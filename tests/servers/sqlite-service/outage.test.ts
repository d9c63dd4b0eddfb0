/** The service whose cache file is removed, replaced, locked or cannot be made: it starts, answers and stops. */
import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import type { RunningService } from '../../runtimes/running-service.ts'
import {
  END,
  folderFor,
  HIT,
  OUTAGE,
  readUser,
  renameUser,
  runtimes,
  startServiceFor,
  startSharing,
  tierLines,
  until,
  untilTier,
} from '../sharing-services.ts'

const GARBAGE = 'not a database'.repeat(1000)

/** Writes and reads, each of which must succeed. */
async function assertServes(service: RunningService, ...names: string[]): Promise<void> {
  for (const name of names) {
    assert.equal(await renameUser(service, name), 200)
    for (let i = 0; i < 5; i++) assert.equal((await readUser(service)).name, name)
  }
}

/** Resolves when a value that one of the services loads is a hit of the other. */
async function untilShared(one: RunningService, two: RunningService): Promise<void> {
  await until(async () => {
    await renameUser(one, 'Shared')
    await readUser(one)
    return (await readUser(two)).cacheStatus === HIT
  })
}

describe('the cache file', { concurrency: 2 }, () => {
  for (const runtime of runtimes) {
    it(`a removed file is made again on ${runtime}, and shared again`, { timeout: 60_000 }, async (t) => {
      const CACHE_FILE = join(await folderFor(t), 'cache.sqlite')
      const [one, two] = await startSharing(t, runtime, 'sqlite', { CACHE_FILE })
      await assertServes(one, 'Alice Cooper')
      for (const end of ['', '-wal', '-shm', '-lock']) await rm(CACHE_FILE + end, { force: true })
      await assertServes(one, 'Alice Springs')
      await until(async () => (await readUser(two)).name === 'Alice Springs')
      await untilShared(one, two)
      for (const service of [one, two]) assert.equal((await service.end()).code, 0)
    })

    it(`garbage over the file fails no request on ${runtime}, and the file is made again`, {
      timeout: 60_000,
    }, async (t) => {
      const CACHE_FILE = join(await folderFor(t), 'cache.sqlite')
      const [one, two] = await startSharing(t, runtime, 'sqlite', { CACHE_FILE })
      await assertServes(one, 'Alice Cooper')
      await writeFile(CACHE_FILE, GARBAGE)
      await assertServes(one, 'Alice Springs')
      await until(async () => (await readUser(two)).name === 'Alice Springs')
      await untilShared(one, two)
      for (const service of [one, two]) assert.equal((await service.end()).code, 0)
    })

    it(`another file at the path is not changed on ${runtime}, and the cache begins when it is gone`, {
      timeout: 60_000,
    }, async (t) => {
      const CACHE_FILE = join(await folderFor(t), 'letter.txt')
      await writeFile(CACHE_FILE, GARBAGE)
      const service = await startServiceFor(t, runtime, { CACHE_FILE })
      await untilTier(service, 'sqlite', 'down')
      await assertServes(service, 'Alice Cooper', 'Alice Springs')
      await until(async () => tierLines(service).length === 1)
      assert.match(service.output(), /"error":".*not a database/)
      assert.equal(await readFile(CACHE_FILE, 'utf8'), GARBAGE)

      await rm(CACHE_FILE)
      await untilTier(service, 'sqlite', 'up')
      await assertServes(service, 'Alice Cooper')
      assert.equal((await service.end()).code, 0)
      assert.deepEqual(tierLines(service), [OUTAGE, END])
    })

    it(`a file that another program has locked fails no request on ${runtime}`, {
      timeout: 60_000,
    }, async (t) => {
      const CACHE_FILE = join(await folderFor(t), 'cache.sqlite')
      const [one, two] = await startSharing(t, runtime, 'sqlite', { CACHE_FILE })
      const other = new DatabaseSync(CACHE_FILE)
      other.exec('BEGIN IMMEDIATE')
      await assertServes(one, 'Alice Cooper', 'Alice Springs')
      other.exec('ROLLBACK')
      other.close()
      await until(async () => (await readUser(two)).name === 'Alice Springs')
      await untilShared(one, two)
      for (const service of [one, two]) assert.equal((await service.end()).code, 0)
    })

    it(`a file that cannot be made does not keep the service from starting on ${runtime}`, {
      timeout: 60_000,
    }, async (t) => {
      const folder = join(await folderFor(t), 'folder')
      await writeFile(folder, 'a file in place of the folder')
      const service = await startServiceFor(t, runtime, { CACHE_FILE: join(folder, 'cache.sqlite') })
      await untilTier(service, 'sqlite', 'down')
      await assertServes(service, 'Alice Cooper', 'Alice Springs')
      await until(async () => tierLines(service).length === 1)
      await rm(folder) // the service makes the folder
      await untilTier(service, 'sqlite', 'up')
      assert.equal((await service.end()).code, 0)
      assert.deepEqual(tierLines(service), [OUTAGE, END])
    })

    it(`a database of another program is not changed on ${runtime}`, { timeout: 60_000 }, async (t) => {
      const CACHE_FILE = join(await folderFor(t), 'books.sqlite')
      const books = new DatabaseSync(CACHE_FILE)
      books.exec("CREATE TABLE books (title TEXT); INSERT INTO books VALUES ('Middlemarch')")
      const service = await startServiceFor(t, runtime, { CACHE_FILE })
      await untilTier(service, 'sqlite', 'down')
      await assertServes(service, 'Alice Cooper')
      assert.equal((await service.end()).code, 0)
      assert.match(service.output(), /is a database of another program/)
      assert.equal(books.prepare('SELECT title FROM books').get()?.title, 'Middlemarch')
      books.close()
    })
  }
})
