/** Stale entries of the shared tier: one refresh for all processes, and answers while loads fail. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { processes } from '../../support/shared-tier/processes.ts'
import { dbError, failingLoad, manualLoader } from '../../support/test-cache.ts'

const swr = { ttlMs: 1000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 60_000 }

describe('a background refresh in several processes', () => {
  it('processes that have the same stale entry make one load', async () => {
    const { start, read, pass } = processes({ loaded: swr })
    const caches = await start(4)
    for (const cache of caches) await read(cache)
    await pass(2000)
    const db = manualLoader<string>()
    for (const cache of caches) assert.equal((await cache.read('row', db.load)).outcome, 'stale')
    await pass(0)
    assert.equal(db.started, 1)
    db.nth(1).resolve('new')
    await pass(0)
    for (const cache of caches) assert.equal(cache.lookup('row')?.value, 'new')
  })

  it('a process without memory of the entry serves it stale, and refreshes it once', async () => {
    const { start, process, read, begin, pass } = processes({ loaded: swr })
    const [one] = await start(1)
    assert.ok(one)
    await read(one)
    await pass(2000)
    const db = manualLoader<string>()
    const cold = process()
    const first = begin(cold, db.load)
    await pass(0)
    assert.deepEqual(first.result, [1, 'stale', 'remote'])
    const second = begin(process(), db.load)
    await pass(0)
    assert.deepEqual(second.result, [1, 'stale', 'remote'])
    assert.equal(db.started, 1)
    db.nth(1).resolve('new')
    await pass(0)
    assert.equal(cold.lookup('row')?.value, 'new')
  })

  it('a refresh that fails leaves the entry, and the key is paused in its process', async () => {
    const { start, read, begin, pass } = processes({ loaded: swr })
    const [one, two] = await start(2)
    assert.ok(one && two)
    await read(one)
    await pass(2000)
    const first = begin(one, failingLoad)
    await pass(0)
    const second = begin(two, () => 'new')
    await pass(0)
    assert.deepEqual(
      [first.result, second.result],
      [
        [1, 'stale', 'memory'],
        [1, 'stale', 'remote'],
      ],
    )
    await pass(0)
    assert.equal(two.lookup('row')?.value, 'new')
  })
})

describe('a load that fails in several processes', () => {
  it('a process without a memory tier serves the stale entry of the shared tier', async () => {
    const { start, read, begin, pass } = processes({ memory: false })
    const [one, two] = await start(2)
    assert.ok(one && two)
    await read(one)
    await pass(20_000)
    const failed = begin(two, failingLoad)
    await pass(0)
    assert.deepEqual(failed.result?.slice(0, 2), [1, 'stale'])
  })

  it('an invalidated entry is not served in place of a failed load', async () => {
    const { start, read, begin, pass } = processes()
    const [one, two] = await start(2)
    assert.ok(one && two)
    await read(one)
    await read(two)
    await pass(20_000)
    await one.delete('row')
    const failed = begin(two, failingLoad)
    await pass(0)
    assert.deepEqual(failed.result?.slice(0, 2), [dbError, 'threw'])
  })
})
