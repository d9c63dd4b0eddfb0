/** Rows that nobody needs any more. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { after, afterEach, describe, it } from 'node:test'
import { openStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import { fill, leaseOf, storedBytes } from '../contract/namespaces.ts'
import { ManualTiming } from './manual-timing.ts'
import { SqliteFiles } from './sqlite-files.ts'

const BYTES = Uint8Array.of(1)

describe('housekeeping in a SQLite file', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  function open(path: string, maxBytes = 2 ** 30) {
    const timing = new ManualTiming()
    const store = files.closeLater(openStore({ path, maxBytes, pollMs: 20, timing }))
    return { timing, store, namespace: store.open({ namespace: 'test', leaseMs: 1000 }) }
  }

  const countOf = (path: string, table: string) => files.valueOf(path, `SELECT count(*) FROM ${table}`)

  it('values whose lifetime has ended are removed, and no others', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path)
    for (let i = 0; i < 1000; i++) await fill(namespace, `short-${i}`, BYTES, { ttlMs: 5000 })
    await fill(namespace, 'long', BYTES, { ttlMs: 500_000 })
    await timing.advance(4000)
    assert.equal(countOf(path, 'entries'), 1001)
    await timing.advance(5000)
    assert.equal(countOf(path, 'entries'), 1)
    assert.deepEqual(await storedBytes(namespace, 'long'), BYTES)
  })

  it('values whose lifetime has ended are removed by stores too, a few at a time', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path)
    for (let i = 0; i < 20; i++) await fill(namespace, `short-${i}`, BYTES, { ttlMs: 100 })
    await timing.advance(100)
    await fill(namespace, 'long', BYTES)
    assert.equal(countOf(path, 'entries'), 17)
  })

  it('values that were invalidated by tags are removed, and no others', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path)
    for (let i = 0; i < 600; i++) await fill(namespace, `red-${i}`, BYTES, { tags: ['red', 'all'] })
    await fill(namespace, 'blue', BYTES, { tags: ['blue', 'all'] })
    await namespace.invalidate({ tags: ['red'] })
    assert.equal(countOf(path, 'entries'), 601)
    await timing.advance(5000)
    assert.equal(countOf(path, 'entries'), 1)
    assert.deepEqual(await storedBytes(namespace, 'blue'), BYTES)
  })

  it('values of a cleared namespace are removed, and none of others', async () => {
    const path = files.newPath()
    const { timing, namespace, store } = open(path)
    await fill(namespace, 'cleared', BYTES)
    await namespace.clear()
    await fill(store.open({ namespace: 'other', leaseMs: 1000 }), 'key', BYTES)
    await timing.advance(5000)
    assert.equal(countOf(path, 'entries'), 1)
  })

  it('leases that ran out are removed after a while', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path)
    await leaseOf(namespace, 'key')
    await timing.advance(30_000)
    assert.equal(countOf(path, 'leases'), 1)
    await timing.advance(40_000)
    assert.equal(countOf(path, 'leases'), 0)
  })

  it('a step ends when its time is over, and the next one goes on soon', async () => {
    const path = files.newPath()
    const timing = new SlowTiming()
    const store = files.closeLater(openStore({ path, maxBytes: 2 ** 30, pollMs: 20, timing }))
    const namespace = store.open({ namespace: 'test', leaseMs: 1000 })
    for (let i = 0; i < 40; i++) await fill(namespace, `ended-${i}`, BYTES, { ttlMs: 500 })
    for (let i = 0; i < 40; i++) await fill(namespace, `dead-${i}`, BYTES, { tags: ['red'] })
    await namespace.invalidate({ tags: ['red'] })
    timing.stepMs = 0.5
    await timing.advance(1000)
    const count = Number(countOf(path, 'entries'))
    assert.ok(count > 70 && count < 80, `${count} values`)
    await timing.advance(3000)
    assert.equal(countOf(path, 'entries'), 0)
  })

  it('old messages are removed although no further ones are sent', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path)
    for (let i = 0; i < 100; i++) await namespace.announce?.(`message ${i}`)
    await timing.advance(59_000)
    assert.equal(countOf(path, 'messages'), 100)
    await timing.advance(3000)
    assert.equal(countOf(path, 'messages'), 1)
  })

  it('messages leave their room to values soon if the file is too large', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path, 2 ** 20)
    for (let i = 0; i < 100; i++) await namespace.announce?.(`${i}`.repeat(20_000))
    await timing.advance(5000)
    const count = Number(countOf(path, 'messages'))
    assert.ok(count < 30, `${count} messages`)
    for (let i = 0; i < 100; i++) await fill(namespace, `key-${i}`, BYTES)
    assert.equal(countOf(path, 'entries'), 100)
  })

  it('a file whose log grows and grows, because another program reads for long, is replaced', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path, 2 ** 26)
    await fill(namespace, 'key', BYTES)
    const program = files.connect(path)
    program.exec('BEGIN')
    program.prepare('SELECT count(*) FROM entries').get()
    const { ino } = statSync(path)
    for (let i = 0; i < 20; i++) await fill(namespace, `key-${i}`, new Uint8Array(2 ** 22))
    assert.ok(statSync(`${path}-wal`).size > 2 ** 26)
    await timing.advance(1000)
    await fill(namespace, 'new', BYTES)
    assert.notEqual(statSync(path).ino, ino)
    assert.ok(statSync(`${path}-wal`).size < 2 ** 20)
  })

  it('a step without work writes nothing', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path)
    await fill(namespace, 'key', BYTES)
    const program = files.connect(path)
    const version = () => Object.values(program.prepare('PRAGMA data_version').get() ?? {})[0]
    const before = version()
    await timing.advance(20_000)
    assert.equal(version(), before)
  })

  it('a step opens no file that no operation has opened', async () => {
    const path = files.newPath()
    const { timing } = open(path)
    await timing.advance(5000)
    assert.throws(() => files.connect(path).prepare('SELECT * FROM entries'))
  })

  it('a step that fails is made later', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path)
    await fill(namespace, 'key', BYTES, { ttlMs: 100 })
    const program = files.connect(path)
    program.exec('BEGIN IMMEDIATE')
    await timing.advance(5000)
    program.exec('ROLLBACK')
    assert.equal(countOf(path, 'entries'), 1)
    await timing.advance(2000)
    assert.equal(countOf(path, 'entries'), 0)
    program.close()
    rmSync(path)
    mkdirSync(path)
    await timing.advance(2000)
    rmSync(path, { recursive: true })
    writeFileSync(path, 'garbage')
    await timing.advance(2000)
    rmSync(path)
    await fill(namespace, 'key', BYTES)
  })

  it('no step is made after the store was closed', async () => {
    const { timing, namespace, store } = open(files.newPath())
    await fill(namespace, 'key', BYTES)
    await store.close()
    await timing.advance(5000)
    assert.equal(timing.timers, 0)
  })
})

/** Each look at the monotonic clock takes time. */
class SlowTiming extends ManualTiming {
  stepMs = 0
  #spent = 0
  override readonly timer = (): number => {
    this.#spent += this.stepMs
    return this.now() + this.#spent
  }
}
