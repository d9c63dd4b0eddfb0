/** The size of the file. */
import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { openStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith } from '../contract/namespaces.ts'
import { ManualTiming } from './manual-timing.ts'
import { SqliteFiles } from './sqlite-files.ts'

const MIB = 2 ** 20

describe('the size of a SQLite file', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  function open(path: string, maxBytes: number) {
    const timing = new ManualTiming()
    const store = files.closeLater(openStore({ path, maxBytes, pollMs: 20, timing }))
    return { timing, namespace: store.open({ namespace: 'test', leaseMs: 60_000 }) }
  }

  function usedBytes(path: string): number {
    const [pages, free] = ['page_count', 'freelist_count'].map((name) =>
      Number(files.valueOf(path, `PRAGMA ${name}`)),
    )
    return ((pages ?? 0) - (free ?? 0)) * 4096
  }

  const value = (i: number, size = 1200) => new Uint8Array(size).fill(i % 251)

  it('the oldest values are removed when the file is too large', async () => {
    const path = files.newPath()
    const { namespace } = open(path, MIB)
    for (let i = 0; i < 2000; i++) await fill(namespace, `key-${i}`, value(i))
    assert.ok(usedBytes(path) <= MIB + 8192, `${usedBytes(path)} bytes`)
    assert.equal(await storedBytes(namespace, 'key-0'), undefined)
    assert.deepEqual(await storedBytes(namespace, 'key-1999'), value(1999))
    const count = Number(files.valueOf(path, 'SELECT count(*) FROM entries'))
    assert.ok(count > 500, `only ${count} values are left`)
  })

  it('values that are read stay longer than others', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path, MIB)
    const used = Array.from({ length: 20 }, (_, i) => `used-${i}`)
    for (const [i, name] of used.entries()) await fill(namespace, name, value(i))
    for (let i = 0; i < 2000; i++) {
      await fill(namespace, `key-${i}`, value(i))
      if (i % 50 > 0) continue
      for (const name of used) await readOne(namespace, name, { lease: false })
      await timing.advance(1000)
    }
    for (const [i, name] of used.entries())
      assert.deepEqual(await storedBytes(namespace, name), value(i), name)
  })

  it('values that are not read any more are removed in the end', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path, MIB)
    await fill(namespace, 'used', value(1))
    for (let i = 0; i < 1000; i++) {
      await fill(namespace, `key-${i}`, value(i))
      if (i % 50 > 0 || i > 500) continue
      await readOne(namespace, 'used', { lease: false })
      await timing.advance(1000)
    }
    for (let i = 1000; i < 3000; i++) await fill(namespace, `key-${i}`, value(i))
    assert.equal(await storedBytes(namespace, 'used'), undefined)
    assert.ok(Number(files.valueOf(path, 'SELECT count(*) FROM visited')) <= 1000)
  })

  it('values of many sizes leave the file within its size', async () => {
    const path = files.newPath()
    const { timing, namespace } = open(path, 2 * MIB)
    for (let i = 0; i < 1000; i++) {
      await fill(namespace, `key-${i}`, value(i, 10 + ((i * 7919) % 20_000)))
      if (i % 100 === 0) await timing.advance(1000)
    }
    await timing.advance(5000)
    assert.ok(usedBytes(path) <= 2 * MIB, `${usedBytes(path)} bytes`)
    assert.equal(files.valueOf(path, 'PRAGMA integrity_check'), 'ok')
  })

  it('a value above an eighth of the size is too large, and its lease ends', async () => {
    const { namespace } = open(files.newPath(), MIB)
    const token = await leaseOf(namespace, 'key')
    assert.equal(await storeWith(namespace, 'key', token, new Uint8Array(MIB / 8 + 1)), 'too-large')
    const next = await leaseOf(namespace, 'key')
    assert.equal(await storeWith(namespace, 'key', next, new Uint8Array(MIB / 8)), 'stored')
  })

  it('a value above 8 MiB is too large for any file', async () => {
    const { namespace } = open(files.newPath(), 2 ** 40)
    const token = await leaseOf(namespace, 'key')
    assert.equal(await storeWith(namespace, 'key', token, new Uint8Array(8 * MIB + 1)), 'too-large')
  })

  it('a file that is larger than a lowered size becomes smaller in steps', async () => {
    const path = files.newPath()
    const large = open(path, 16 * MIB)
    for (let i = 0; i < 1000; i++) await fill(large.namespace, `key-${i}`, value(i, 4000))
    await files.close()
    const { timing, namespace } = open(path, MIB)
    await fill(namespace, 'key', value(1), { ttlMs: 3_600_000 })
    await timing.advance(60_000)
    assert.ok(Number(files.valueOf(path, 'PRAGMA page_count')) * 4096 <= MIB + 4096)
    assert.equal(files.valueOf(path, 'PRAGMA integrity_check'), 'ok')
    assert.deepEqual(await storedBytes(namespace, 'key'), value(1))
  })
})
