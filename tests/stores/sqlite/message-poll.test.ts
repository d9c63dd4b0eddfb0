/** Messages and wake-ups, by the timer of a store. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { after, afterEach, describe, it } from 'node:test'
import { openStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import { type Timing, timingOf } from '../../../src/stores/sqlite/timing/timing.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, VERSION } from '../contract/namespaces.ts'
import { ManualTiming } from './manual-timing.ts'
import { SqliteFiles } from './sqlite-files.ts'

const POLL_MS = 20

describe('the messages of a SQLite store', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  /** Opens a store that polls when the test moves its clock. */
  function openPolling(path: string, leaseMs = 60_000) {
    const timing = new ManualTiming()
    const store = files.closeLater(openStore({ path, maxBytes: 2 ** 30, pollMs: POLL_MS, timing }))
    return { timing, store, namespace: store.open({ namespace: 'test', leaseMs }) }
  }

  /** Records what a subscriber gets. */
  function subscribe(namespace: RemoteNamespace): { log: unknown[]; close: () => Promise<void> } {
    const log: unknown[] = []
    const close = namespace.subscribe?.({
      onAnnouncement: (text) => log.push(text),
      onWake: (name) => log.push(['wake', name]),
      onConnection: (isConnected) => log.push(isConnected),
    })
    return { log, close: close ?? assert.fail('the store has no messages') }
  }

  it('a message arrives after the time between two looks, and not before', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    assert.deepEqual(log.splice(0), [true])
    await files.open(path).announce?.('one')
    await timing.advance(POLL_MS - 1)
    assert.deepEqual(log, [])
    await timing.advance(1)
    assert.deepEqual(log, ['one'])
  })

  it('more messages than one look delivers arrive in their order', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    const other = files.open(path)
    const texts = Array.from({ length: 600 }, (_, i) => `message ${i}`)
    for (const text of texts) await other.announce?.(text)
    await timing.advance(POLL_MS)
    assert.deepEqual(log, [true, ...texts])
  })

  it('long messages let other work of the event loop run in between, and none is lost', async () => {
    const path = files.newPath()
    const timing = timingOf()
    let time = 0
    const slow: Timing = { ...timing, timer: () => ++time }
    const store = files.closeLater(openStore({ path, maxBytes: 2 ** 30, pollMs: POLL_MS, timing: slow }))
    const { log } = subscribe(store.open({ namespace: 'test', leaseMs: 60_000 }))
    while (log.length < 1) await timing.turn()
    const other = files.open(path)
    const texts = Array.from({ length: 20 }, (_, i) => `message ${i}`)
    for (const text of texts) await other.announce?.(text)
    let most = 0
    for (let length = log.length; length <= texts.length; length = log.length) {
      await timing.turn()
      most = Math.max(most, log.length - length)
    }
    assert.deepEqual(log, [true, ...texts])
    assert.ok(most <= 3, `${most} messages in one turn`)
  })

  it('no timer runs for messages without a subscriber', async () => {
    const { timing, namespace, store } = openPolling(files.newPath())
    const idle = timing.timers
    const { close } = subscribe(namespace)
    await timing.advance(5 * POLL_MS)
    assert.equal(timing.timers, idle + 1)
    await close()
    assert.equal(timing.timers, idle)
    await store.close()
    assert.equal(timing.timers, 0)
  })

  it('old messages are removed, and a subscriber that missed them is connected anew', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    const clock = { ms: ManualTiming.startedAt }
    const other = files.open(path, { now: () => clock.ms })
    for (let i = 0; i < 10; i++) await other.announce?.(`old ${i}`)
    clock.ms += 61_000
    for (let i = 0; i < 5; i++) await other.announce?.(`new ${i}`)
    assert.equal(files.valueOf(path, 'SELECT count(*) FROM messages'), 5)
    await timing.advance(POLL_MS)
    assert.deepEqual(log, [true, false, true])
    await other.announce?.('later')
    await timing.advance(POLL_MS)
    assert.deepEqual(log.slice(3), ['later'])
  })

  it('the newest message is kept, so that no id is used again', async () => {
    const path = files.newPath()
    const clock = { ms: ManualTiming.startedAt }
    const other = files.open(path, { now: () => clock.ms })
    await other.announce?.('one')
    clock.ms += 120_000
    await other.announce?.('two')
    assert.equal(files.valueOf(path, 'SELECT max(id) FROM messages'), 2)
  })

  it('a file that is replaced disconnects its subscribers', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    rmSync(path)
    await files.open(path).announce?.('into the new file')
    await timing.advance(POLL_MS)
    assert.deepEqual(log.splice(0), [true, false, true])
    await files.open(path).announce?.('later')
    await timing.advance(POLL_MS)
    assert.deepEqual(log, ['later'])
  })

  it('a file that is replaced disconnects its subscribers also if a read has opened the new one', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    rmSync(path)
    assert.equal(await storedBytes(namespace, 'key'), undefined)
    await timing.advance(POLL_MS)
    assert.deepEqual(log, [true, false, true])
  })

  it('a file that cannot be used disconnects its subscribers until it can', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    rmSync(path)
    mkdirSync(path)
    await timing.advance(1000)
    assert.deepEqual(log, [true, false])
    rmSync(path, { recursive: true })
    await timing.advance(1000)
    assert.deepEqual(log, [true, false, true])
  })

  it('a file that is locked for a moment disconnects nobody', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    const program = files.connect(path)
    program.exec('BEGIN IMMEDIATE')
    await timing.advance(10 * POLL_MS)
    program.exec('ROLLBACK')
    assert.deepEqual(log, [true])
  })

  for (const end of ['stored', 'released', 'invalidated', 'cleared', 'removed with the file'] as const) {
    it(`a read that waits for a lease is woken soon after the lease is ${end}`, async () => {
      const path = files.newPath()
      const { timing, namespace } = openPolling(path)
      const { log } = subscribe(namespace)
      await timing.advance(0)
      const other = files.open(path, { now: timing.now })
      const token = await leaseOf(other, 'key')
      assert.equal((await readOne(namespace, 'key')).kind, 'busy')
      await timing.advance(2 * POLL_MS)
      assert.deepEqual(log.splice(0), [true])
      if (end === 'stored') await storeWith(other, 'key', token, Uint8Array.of(1))
      else if (end === 'released') await other.release({ name: 'key', version: VERSION, token })
      else if (end === 'invalidated') await other.invalidate({ keys: ['key'] })
      else if (end === 'cleared') await other.clear()
      else rmSync(path)
      await timing.advance(5)
      assert.deepEqual(log.at(-1), ['wake', 'key'])
      await timing.advance(10 * POLL_MS)
      assert.deepEqual(log.at(-1), ['wake', 'key'])
    })
  }

  for (const isTakenOver of [true, false]) {
    it(`a read that waits for a lease is not woken when the lease runs out (taken over: ${isTakenOver})`, async () => {
      const path = files.newPath()
      const { timing, namespace } = openPolling(path)
      const { log } = subscribe(namespace)
      await timing.advance(0)
      const other = files.store(path, { now: timing.now }).open({ namespace: 'test', leaseMs: 100 })
      const token = await leaseOf(other, 'key')
      assert.equal((await readOne(namespace, 'key')).kind, 'busy')
      await timing.advance(90)
      await other.renew({ name: 'key', version: VERSION, token })
      await timing.advance(99)
      if (isTakenOver) {
        await timing.sleep(2)
        await leaseOf(other, 'key')
      }
      await timing.advance(20)
      assert.deepEqual(log, [true])
    })
  }

  it('a read that waits for a lease is woken although another reader has taken the lease over', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    const other = files.open(path, { now: timing.now })
    await leaseOf(other, 'key')
    assert.equal((await readOne(namespace, 'key')).kind, 'busy')
    await leaseOf(other, 'key', { not: '*' })
    await timing.advance(5)
    assert.deepEqual(log, [true, ['wake', 'key']])
  })

  it('a read that waits without a subscription costs nothing', async () => {
    const path = files.newPath()
    const { timing, namespace } = openPolling(path)
    await leaseOf(files.open(path, { now: timing.now }), 'key')
    const idle = timing.timers
    assert.equal((await readOne(namespace, 'key')).kind, 'busy')
    assert.equal(timing.timers, idle)
  })

  it('messages of another namespace do not arrive', async () => {
    const path = files.newPath()
    const { timing, namespace, store } = openPolling(path)
    const { log } = subscribe(namespace)
    await timing.advance(0)
    await store.open({ namespace: 'another', leaseMs: 60_000 }).announce?.('for others')
    await fill(namespace, 'key')
    await timing.advance(POLL_MS)
    assert.deepEqual(log, [true])
  })
})
