/** The file while it is in use: locked, removed, replaced, damaged, closed. */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { after, afterEach, describe, it } from 'node:test'
import { openStore } from '../../../../src/stores/sqlite/sqlite-store.ts'
import { StoreError } from '../../../../src/stores/store.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, VERSION } from '../../contract/namespaces.ts'
import { ManualTiming } from '../manual-timing.ts'
import { skippingTiming } from '../skipping-timing.ts'
import { SqliteFiles } from '../sqlite-files.ts'

const [OLD, NEW] = [Uint8Array.of(1), Uint8Array.of(2)]

describe('a file in use', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  /** Opens a store whose waits take no time. */
  function openSkipping(path: string) {
    const store = openStore({ path, maxBytes: 2 ** 30, pollMs: 20, timing: skippingTiming() })
    files.closeLater(store)
    return store.open({ namespace: 'test', leaseMs: 60_000 })
  }

  it('a file that another program writes serves hits, refuses leases, and rejects writes until it is free', async () => {
    for (const begin of ['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE']) {
      const path = files.newPath()
      const namespace = openSkipping(path)
      await fill(namespace, 'key', OLD)
      const token = await leaseOf(namespace, 'other')
      const program = files.connect(path)
      program.exec(begin)
      assert.deepEqual(await storedBytes(namespace, 'key'), OLD)
      assert.equal((await readOne(namespace, 'absent')).kind, 'refused')
      assert.equal((await readOne(namespace, 'absent', { lease: false })).kind, 'absent')
      await assert.rejects(namespace.invalidate({ keys: ['key'] }), StoreError)
      await assert.rejects(storeWith(namespace, 'other', token, NEW), StoreError)
      program.exec('ROLLBACK')
      await namespace.invalidate({ keys: ['key'] })
      assert.equal(await storedBytes(namespace, 'key'), undefined)
      assert.equal(await storeWith(namespace, 'other', token, NEW), 'stored')
      assert.equal((await readOne(namespace, 'absent')).kind, 'lease')
    }
  })

  it('a file that another program has for itself rejects every operation until it is free', async () => {
    const path = files.newPath()
    await fill(files.open(path), 'key', OLD)
    await files.close()
    const program = files.connect(path)
    program.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    const namespace = openSkipping(path)
    await assert.rejects(storedBytes(namespace, 'key'), StoreError)
    await assert.rejects(namespace.invalidate({ keys: ['other'] }), StoreError)
    program.close()
    assert.deepEqual(await storedBytes(namespace, 'key'), OLD)
  })

  it('an operation waits for a lock without blocking the event loop', async () => {
    const path = files.newPath()
    const namespace = files.open(path)
    await fill(namespace, 'key', OLD)
    const program = files.connect(path)
    program.exec('BEGIN IMMEDIATE')
    const invalidated = namespace.invalidate({ keys: ['key'] })
    await new Promise((resolve) => setImmediate(resolve))
    program.exec('ROLLBACK')
    await invalidated
    assert.equal(await storedBytes(namespace, 'key'), undefined)
  })

  it('a file that is removed takes all values with it, in all processes', async () => {
    for (const ends of [[''], ['', '-wal', '-shm'], ['', '-wal', '-shm', '-lock']]) {
      const path = files.newPath()
      const [one, other] = [files.open(path), files.open(path)]
      await fill(one, 'key', OLD)
      const token = await leaseOf(other, 'loading')
      for (const end of ends) rmSync(`${path}${end}`)
      assert.equal(await storeWith(other, 'loading', token, OLD), 'lost')
      await fill(other, 'key', NEW)
      assert.deepEqual(await storedBytes(one, 'key'), NEW)
      await one.invalidate({ keys: ['key'] })
      assert.equal(await storedBytes(other, 'key'), undefined)
    }
  })

  it('a file that is moved away and back while a process is idle is replaced', async () => {
    const path = files.newPath()
    const timing = new ManualTiming()
    const store = files.closeLater(openStore({ path, maxBytes: 2 ** 30, pollMs: 20, timing }))
    const idle = store.open({ namespace: 'test', leaseMs: 60_000 })
    await fill(idle, 'key', OLD)
    const move = (from: string, to: string) => {
      for (const end of ['', '-wal', '-shm']) renameSync(`${from}${end}`, `${to}${end}`)
    }
    move(path, `${path}-away`)
    const other = files.store(path)
    await other.open({ namespace: 'test', leaseMs: 60_000 }).invalidate({ keys: ['key'] })
    await other.close()
    rmSync(path)
    move(`${path}-away`, path)
    await timing.advance(20)
    assert.equal(await storedBytes(idle, 'key'), undefined)
  })

  it('a file that is replaced by garbage is left alone until it is gone', async () => {
    const path = files.newPath()
    const namespace = files.open(path)
    await fill(namespace, 'key', OLD)
    rmSync(path)
    writeFileSync(path, 'garbage'.repeat(10_000))
    for (const end of ['first', 'second']) {
      await assert.rejects(namespace.invalidate({ keys: [end] }), StoreError)
      await assert.rejects(storedBytes(namespace, 'key'), StoreError)
    }
    assert.equal(readFileSync(path, 'utf8').slice(0, 7), 'garbage')
    rmSync(path)
    await fill(namespace, 'key', NEW)
    assert.deepEqual(await storedBytes(namespace, 'key'), NEW)
  })

  it('a file whose place a folder takes rejects until the folder is gone', async () => {
    const path = files.newPath()
    const namespace = files.open(path)
    await fill(namespace, 'key', OLD)
    rmSync(path)
    mkdirSync(path)
    await assert.rejects(storedBytes(namespace, 'key'), StoreError)
    rmSync(path, { recursive: true })
    await fill(namespace, 'key', NEW)
  })

  it('a file that is damaged while it is used is replaced, and its other users see it', async () => {
    for (const damage of [truncateSync, overwrite]) {
      const path = files.newPath()
      const [one, other] = [files.open(path), files.open(path)]
      for (let i = 0; i < 400; i++) await fill(one, `key-${i}`, new Uint8Array(2000))
      damage(path)
      for (let i = 0; i < 400; i++) {
        const answer = await readOne(other, `key-${i}`, { lease: false })
        if (answer.kind === 'value') assert.deepEqual(answer.bytes, new Uint8Array(2000))
      }
      await fill(one, 'later', NEW)
      assert.deepEqual(await storedBytes(other, 'later'), NEW)
      await other.invalidate({ keys: ['later'] })
      assert.equal(await storedBytes(one, 'later'), undefined)
    }
  })

  it('a connection that is closed late leaves the new file and its log alone', async () => {
    const path = files.newPath()
    const old = files.store(path)
    await fill(old.open({ namespace: 'test', leaseMs: 60_000 }), 'key', OLD)
    rmSync(path)
    const namespace = files.open(path)
    await fill(namespace, 'key', NEW)
    const log = statSync(`${path}-wal`)
    await old.close()
    assert.equal(statSync(`${path}-wal`).ino, log.ino)
    assert.equal(statSync(`${path}-wal`).size, log.size)
    assert.ok(existsSync(`${path}-shm`))
    assert.deepEqual(await storedBytes(files.open(path), 'key'), NEW)
  })

  it('a store that is closed rejects, also operations that wait for a lock', async () => {
    const path = files.newPath()
    const store = files.store(path)
    const namespace = store.open({ namespace: 'test', leaseMs: 60_000 })
    await fill(namespace, 'key', OLD)
    files.connect(path).exec('BEGIN IMMEDIATE')
    const operations = [
      namespace.invalidate({ keys: ['key'] }),
      namespace.startWrite('key', VERSION),
      readOne(namespace, 'absent'),
    ]
    await Promise.all([store.close(), ...operations.map((each) => assert.rejects(each, StoreError))])
    await assert.rejects(storedBytes(namespace, 'key'), StoreError)
    await assert.rejects(store.ping(), StoreError)
    await store.close()
  })

  it('a store that is closed while it opens the file leaves nothing open', async () => {
    const path = files.newPath()
    const store = files.store(path)
    const opening = storedBytes(store.open({ namespace: 'test', leaseMs: 60_000 }), 'key')
    await Promise.all([store.close(), assert.rejects(opening, StoreError)])
    assert.equal(existsSync(path), false)
  })

  function overwrite(path: string): void {
    const content = readFileSync(path)
    content.fill(0x5a, 4096)
    writeFileSync(path, content)
  }
})
