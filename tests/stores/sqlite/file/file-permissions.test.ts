import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sqliteStore } from '../../../../src/stores/sqlite/sqlite-store.ts'

/** Stores nothing, but opens the file, which has a log and a lock then. Resolves to the permissions of all three. */
async function modesOf(path: string): Promise<number[]> {
  const store = sqliteStore({ path })
  try {
    await store.ping()
    await store.open({ namespace: 'n', leaseMs: 1000 }).clear()
    return await Promise.all(['', '-wal', '-lock'].map(async (end) => (await stat(path + end)).mode & 0o777))
  } finally {
    await store.close()
  }
}

describe('the permissions of the SQLite file', { skip: process.platform === 'win32' }, () => {
  it('a new file, its log and its lock can be read by their user only', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hitrate-modes-'))
    t.after(() => rm(folder, { recursive: true }))
    assert.deepEqual(await modesOf(join(folder, 'cache.sqlite')), [0o600, 0o600, 0o600])
  })

  it('an empty file that exists keeps its permissions, also of its log and its lock', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hitrate-modes-'))
    t.after(() => rm(folder, { recursive: true }))
    const path = join(folder, 'cache.sqlite')
    await writeFile(path, '')
    await chmod(path, 0o660)
    assert.deepEqual(await modesOf(path), [0o660, 0o660, 0o660])
  })

  it('a file that is replaced leaves its permissions to the new one', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hitrate-modes-'))
    t.after(() => rm(folder, { recursive: true }))
    const path = join(folder, 'cache.sqlite')
    await modesOf(path)
    await chmod(path, 0o660)
    await rm(`${path}-lock`)
    assert.deepEqual(await modesOf(path), [0o660, 0o660, 0o660])
  })

  it('a file that was removed leaves its permissions to the new one', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hitrate-modes-'))
    t.after(() => rm(folder, { recursive: true }))
    const path = join(folder, 'cache.sqlite')
    await writeFile(path, '')
    await chmod(path, 0o660)
    await modesOf(path)
    await rm(path)
    assert.deepEqual(await modesOf(path), [0o660, 0o660, 0o660])
  })
})
