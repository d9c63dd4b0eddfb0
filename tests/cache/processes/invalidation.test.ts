/** Invalidations and writes in several processes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { manualLoader } from '../../support/test-cache.ts'

/** More keys than are deleted in one step. */
const many = Array.from({ length: 600 }, (_, i) => `other ${i}`)

const methods: [string, (cache: Cache) => Promise<{ confirmed: boolean }>][] = [
  ['delete', (cache) => cache.delete('row')],
  ['deleteMany', (cache) => cache.deleteMany(['other', 'row'])],
  ['deleteMany of many keys', (cache) => cache.deleteMany([...many, 'row', ...many])],
  ['invalidateTags', (cache) => cache.invalidateTags(['other', 'row'])],
  ['clear', (cache) => cache.clear()],
  ['write', (cache) => cache.write('row', 2, { ttlMs: 10_000 })],
  ['write that stores nothing', (cache) => cache.write('row', 2, { ttlMs: 0 })],
]

for (const [name, invalidate] of methods) {
  describe(`${name} in another process`, () => {
    it(`the old value leaves the memory of every process with the message of a ${name}`, async () => {
      const { start, read, database } = processes({ store: { delivery: 'at once' } })
      const [one, two, three] = await start(3)
      assert.ok(one && two && three)
      for (const cache of [one, two, three]) await read(cache)
      database.value = 2
      assert.equal((await invalidate(one)).confirmed, true)
      assert.deepEqual([two.lookup('row'), three.lookup('row')], [undefined, undefined])
      assert.equal((await read(two))[0], 2)
    })

    it(`a load that began before a ${name} is not stored in the shared tier`, async () => {
      const { start, begin, read, database, pass } = processes()
      const [one, two, three] = await start(3)
      assert.ok(one && two && three)
      const db = manualLoader<number>()
      const older = begin(two, db.load, { tags: ['row'] })
      await pass(0)
      database.value = 2
      await invalidate(one)
      db.nth(1).resolve(1)
      await pass(0)
      assert.equal(older.result?.[0], 1, 'its own reader began before')
      assert.equal(two.lookup('row'), undefined)
      assert.equal((await read(three))[0], 2)
    })

    it(`a ${name} without the shared tier is not confirmed, and is sent again`, async () => {
      const { start, read, database, remote, pass, process } = processes()
      const [one] = await start(1)
      assert.ok(one)
      await read(one)
      database.value = 2
      remote.mode = 'down'
      assert.equal((await invalidate(one)).confirmed, false)
      remote.mode = 'up'
      const [value] = await read(one)
      assert.equal(value, 2, 'this process does not read the old value before the next attempt')
      await pass(500)
      assert.equal((await read(process()))[0], 2)
    })
  })
}

describe('writes of several processes', () => {
  it('two writes at the same time store neither value in the shared tier', async () => {
    const { start, read, database, pass } = processes({ store: { after: () => Promise.resolve() } })
    const [one, two, three] = await start(3)
    assert.ok(one && two && three)
    database.value = 7
    const results = await Promise.all([one.write('row', 1), two.write('row', 2)])
    assert.deepEqual(results, [
      { kept: false, confirmed: true },
      { kept: false, confirmed: true },
    ])
    assert.deepEqual([one.peek('row'), two.peek('row')], [undefined, undefined])
    await pass(1000)
    assert.equal((await read(three))[0], 7)
  })

  it('a written value is read by other processes, and a later write replaces it', async () => {
    const { start, read } = processes()
    const [one, two] = await start(2)
    assert.ok(one && two)
    await one.write('row', 5, { ttlMs: 10_000 })
    assert.deepEqual(await read(two), [5, 'hit', 'remote'])
    await one.write('row', 6, { ttlMs: 10_000 })
    assert.deepEqual(await read(two), [6, 'hit', 'remote'])
  })
})

describe('memory while messages are missing', () => {
  it('a loaded value that the shared tier did not take, because it was invalidated, leaves memory', async () => {
    const { start, begin, pass } = processes({ store: { messages: false } })
    const [one, two] = await start(2)
    assert.ok(one && two)
    const db = manualLoader<number>()
    begin(one, db.load)
    await pass(0)
    await two.delete('row')
    db.nth(1).resolve(1)
    await pass(0)
    assert.equal(one.peek('row'), undefined)
  })

  it('two values that were written at the same time leave memory', async () => {
    const { start, pass } = processes({ store: { messages: false } })
    const [one, two] = await start(2)
    assert.ok(one && two)
    const results = await Promise.all([one.write('row', 1), two.write('row', 2)])
    assert.deepEqual(
      results.map(({ kept }) => kept),
      [false, false],
    )
    await pass(0)
    assert.deepEqual([one.peek('row'), two.peek('row')], [undefined, undefined])
  })

  it('memory answers for at most maxUnsyncedMs after the bus was lost', async () => {
    const { start, read, remote, pass, database } = processes()
    const [one, two] = await start(2)
    assert.ok(one && two)
    await read(two)
    remote.disconnect(1)
    database.value = 2
    await one.delete('row')
    assert.deepEqual(await read(two), [1, 'hit', 'memory'])
    await pass(1000)
    assert.deepEqual(await read(two), [2, 'miss', undefined])
  })

  it('memory answers for a second without messages', async () => {
    const { start, read, pass, database } = processes({ store: { messages: false } })
    const [one, two] = await start(2)
    assert.ok(one && two)
    await read(two)
    database.value = 2
    await one.delete('row')
    await pass(975)
    assert.deepEqual(await read(two), [1, 'hit', 'memory'])
    await pass(25)
    assert.deepEqual(await read(two), [2, 'miss', undefined])
  })

  it('memory answers for a second after the request for the value, however late the answer is', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    let isHeld = false
    const { start, read, begin, load, pass, database } = processes({
      store: {
        messages: false,
        after: (operation) => (isHeld && operation === 'read' ? answered : undefined),
      },
      cache: { remoteTimeoutMs: 10_000 },
    })
    const [one, two] = await start(2)
    assert.ok(one && two)
    await read(one)
    isHeld = true
    const late = begin(two, load)
    await pass(600)
    isHeld = false
    database.value = 2
    await one.delete('row')
    answer()
    await pass(0)
    assert.deepEqual(late.result?.slice(0, 2), [1, 'hit'])
    await pass(375)
    assert.deepEqual(await read(two), [1, 'hit', 'memory'])
    await pass(25)
    assert.equal((await read(two))[0], 2)
  })

  it('the message after a lost one empties memory', async () => {
    const { start, read, remote, pass, events } = processes({ store: { delivery: 'manual' } })
    const two = await start(2).then(([, second]) => second)
    assert.ok(two)
    const deliver = async (ms: number) => {
      for (let left = ms; left > 0; left -= 25) {
        await pass(25)
        remote.deliver()
      }
    }
    await deliver(2000)
    await read(two)
    const one = remote.open({ namespace: 'hitrate:', leaseMs: 1000 })
    await one.invalidate({ keys: ['row'] }, '["p",1,"kother"]')
    remote.deliver()
    assert.equal(two.has('row'), true)
    await one.invalidate({ keys: ['other'] }, '["p",3,"kother"]')
    remote.deliver()
    await deliver(250) // for a message that was only overtaken
    assert.equal(two.has('row'), false)
    assert.ok(events.some((event) => event.type === 'bus-gap' && event.reason === 'missing'))
  })
})
