/** Several processes that need the same key at the same time: one loads it, and the others wait for its value. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { dbError, manualLoader } from '../../support/test-cache.ts'

describe('a key that several processes load', () => {
  for (const messages of [true, false]) {
    it(`four processes make one load, and the waiting reads are coalesced (messages: ${messages})`, async () => {
      const { start, begin, pass } = processes({ store: { messages } })
      const db = manualLoader<string>()
      const reads = (await start(4)).map((cache) => begin(cache, db.load))
      await pass(200)
      assert.equal(db.started, 1)
      db.nth(1).resolve('v')
      await pass(messages ? 0 : 250)
      assert.deepEqual(
        reads.map(({ result }) => result?.slice(0, 2)),
        [['v', 'miss'], ...Array(3).fill(['v', 'coalesced'])],
      )
      assert.equal(db.started, 1)
    })
  }

  it('many reads of each process are one load, and each read is counted once', async () => {
    const { start, begin, pass, events } = processes()
    const db = manualLoader<string>()
    const caches = await start(3)
    const reads = caches.flatMap((cache) => Array.from({ length: 10 }, () => begin(cache, db.load)))
    await pass(0)
    db.nth(1).resolve('v')
    await pass(0)
    assert.equal(db.started, 1)
    const outcomes = reads.map(({ result }) => result?.[1]).sort()
    assert.deepEqual(outcomes, [...Array(29).fill('coalesced'), 'miss'])
    assert.equal(events.filter(({ type }) => type === 'read').length, 30)
  })

  it('a process whose load takes long keeps its lease', async () => {
    const { start, begin, pass } = processes()
    const db = manualLoader<string>()
    const reads = (await start(2)).map((cache) => begin(cache, db.load))
    await pass(10_000)
    assert.equal(db.started, 1)
    db.nth(1).resolve('v')
    await pass(0)
    assert.deepEqual(
      reads.map(({ result }) => result?.[1]),
      ['miss', 'coalesced'],
    )
  })

  it('a process that crashes during its load is replaced by another one when its lease has run out', async () => {
    const { remote, start, begin, pass, events } = processes()
    const [waiting] = await start(1)
    assert.ok(waiting)
    // A process that crashes neither renews its lease nor releases it.
    const crashed = remote.open({ namespace: 'hitrate:', leaseMs: 1000 })
    const [answer] = await crashed.read([{ name: 'row', version: '4.0', lease: true }])
    assert.equal(answer?.kind, 'lease')
    const read = begin(waiting, () => 'v')
    await pass(975)
    assert.equal(read.result, undefined)
    await pass(275) // a quarter of the lease later at most
    assert.deepEqual(read.result, ['v', 'miss', undefined])
    assert.ok(events.some((event) => event.type === 'lease' && event.result === 'taken-over'))
  })

  it('another process loads when a load fails', async () => {
    const { start, begin, pass } = processes()
    const db = manualLoader<string>()
    const reads = (await start(2)).map((cache) => begin(cache, db.load))
    await pass(0)
    db.nth(1).reject(dbError)
    await pass(0)
    assert.deepEqual([db.started, reads[0]?.result?.slice(0, 2)], [2, [dbError, 'threw']])
    db.nth(2).resolve('v')
    await pass(0)
    assert.equal(reads[1]?.result?.[1], 'miss')
  })

  it('reads load by themselves when the load of another process gave no value to share', async () => {
    const { start, begin, pass } = processes()
    const db = manualLoader<unknown>()
    const reads = (await start(6)).map((cache) => begin(cache, db.load))
    await pass(0)
    assert.equal(db.started, 1)
    db.nth(1).resolve(loaded('private', { keep: false }))
    await pass(0)
    assert.equal(db.started, 6, 'a response that is not stored does not make the others wait one by one')
    for (let n = 2; n <= 6; n++) db.nth(n).resolve(loaded('private', { keep: false }))
    await pass(0)
    assert.deepEqual(
      reads.map(({ result }) => result?.[1]),
      Array(6).fill('miss'),
    )
  })

  it('a reader that leaves while it waits for another process ends only its own wait', async () => {
    const { start, begin, pass, clock } = processes()
    const db = manualLoader<string>()
    const [one, two] = await start(2)
    assert.ok(one && two)
    const reader = new AbortController()
    const timers = clock.pendingTimers()
    const first = begin(one, db.load)
    await pass(0)
    const second = begin(two, db.load, { signal: reader.signal })
    await pass(0)
    reader.abort(dbError)
    await pass(0)
    assert.deepEqual(second.result, [dbError, 'threw', undefined])
    db.nth(1).resolve('v')
    await pass(0)
    assert.deepEqual([db.started, first.result?.[1]], [1, 'miss'])
    assert.equal(clock.pendingTimers(), timers)
  })

  it('readMany of 3,000 keys asks in slices, and loads all missing keys in one call', async () => {
    const { start, process, remote, pass } = processes()
    const [one] = await start(1)
    assert.ok(one)
    const keys = Array.from({ length: 3000 }, (_, i) => `k${i}`)
    const calls: number[] = []
    const loadMany = (missing: readonly string[]) => {
      calls.push(missing.length)
      return missing.map((key) => [key, key] as const)
    }
    remote.operations.length = 0
    const first = one.readMany(keys, loadMany)
    await pass(0)
    assert.equal((await first).size, 3000)
    assert.equal(remote.operations.filter((operation) => operation === 'read').length, Math.ceil(3000 / 128))
    await pass(0)
    const second = await process().readMany(keys, loadMany)
    assert.deepEqual(new Set([...second.values()].map(({ outcome }) => outcome)), new Set(['hit']))
    assert.deepEqual(calls, [3000])
  })

  it('two versions of a codec load and store separately, and an invalidation removes both', async () => {
    const { process, pass } = processes()
    const codec = (version: number) => ({
      version,
      encode: (value: number) => Uint8Array.of(value),
      decode: ([byte]: Uint8Array) => byte,
    })
    const readWith = async (version: number, value: number) => {
      const read = await process().read('row', () => value, { codec: codec(version) })
      await pass(0)
      return [read.value, read.outcome]
    }
    assert.deepEqual(
      [await readWith(1, 11), await readWith(2, 22)],
      [
        [11, 'miss'],
        [22, 'miss'],
      ],
    )
    assert.deepEqual(
      [await readWith(1, 0), await readWith(2, 0)],
      [
        [11, 'hit'],
        [22, 'hit'],
      ],
    )
    await process().delete('row')
    assert.deepEqual(
      [await readWith(1, 12), await readWith(2, 23)],
      [
        [12, 'miss'],
        [23, 'miss'],
      ],
    )
  })
})
