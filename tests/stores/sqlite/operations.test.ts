/** Cases of the operations that the contract of all stores leaves open. */
import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import { fill, leaseOf, readOne, storedBytes, storeWith, VERSION } from '../contract/namespaces.ts'
import { SqliteFiles } from './sqlite-files.ts'

const BYTES = Uint8Array.of(1)

describe('the operations of a SQLite store', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  it('a write that ends removes what other versions have loaded since it began', async () => {
    const namespace = files.open(files.newPath())
    const token = (await namespace.startWrite('key', VERSION)) ?? assert.fail('no token')
    await fill(namespace, 'key', BYTES, { version: 'v2' })
    const load = await leaseOf(namespace, 'key', { version: 'v3' })
    assert.equal(await storeWith(namespace, 'key', token, BYTES), 'stored')
    assert.equal(await storedBytes(namespace, 'key', 'v2'), undefined)
    assert.equal(await storeWith(namespace, 'key', load, BYTES, { version: 'v3' }), 'lost')
    assert.deepEqual(await storedBytes(namespace, 'key'), BYTES)
  })

  it('a third write that begins while two others overlap stores nothing, until both have run out', async () => {
    const path = files.newPath()
    const clock = { ms: 1_700_000_000_000 }
    const namespace = files.store(path, { now: () => clock.ms }).open({ namespace: 'test', leaseMs: 1000 })
    assert.notEqual(await namespace.startWrite('key', VERSION), undefined)
    assert.equal(await namespace.startWrite('key', VERSION), undefined)
    await namespace.invalidate({ keys: ['key'] })
    assert.equal(await namespace.startWrite('key', VERSION), undefined)
    clock.ms += 1001
    assert.notEqual(await namespace.startWrite('key', VERSION), undefined)
  })

  it('a lease from before the clock was set back blocks nobody, and its load does not store', async () => {
    const clock = { ms: 1_700_000_000_000 }
    const store = files.store(files.newPath(), { now: () => clock.ms })
    const namespace = store.open({ namespace: 'test', leaseMs: 1000 })
    const token = await leaseOf(namespace, 'key')
    clock.ms -= 30_000
    assert.equal((await readOne(namespace, 'key')).kind, 'busy', 'a clock that is set right is no reason')
    clock.ms -= 3_600_000
    assert.equal((await readOne(namespace, 'key')).kind, 'lease')
    assert.equal(await storeWith(namespace, 'key', token, BYTES), 'lost')
  })

  it('an expiry of everything is noted for values of before, whatever tags expire later', async () => {
    const namespace = files.open(files.newPath())
    await fill(namespace, 'key', BYTES, { tags: ['red'] })
    await namespace.expire({ everything: true }, 2000)
    await namespace.expire({ tags: ['red'] }, 3000)
    const expired = await readOne(namespace, 'key', { lease: false })
    assert.ok(expired.kind === 'value' && expired.expiredAt === 2000)
    await namespace.expire({ keys: ['key'] }, 1000)
    const earlier = await readOne(namespace, 'key', { lease: false })
    assert.ok(earlier.kind === 'value' && earlier.expiredAt === 1000)
  })

  it('an expiry during a load makes its value stale', async () => {
    const namespace = files.open(files.newPath())
    const token = await leaseOf(namespace, 'key')
    await namespace.expire({ keys: ['key'] }, 1000)
    await storeWith(namespace, 'key', token, BYTES)
    const answer = await readOne(namespace, 'key', { lease: false })
    assert.ok(answer.kind === 'value' && answer.expiredAt === 1000)
  })

  it('times with fractions of a millisecond are kept', async () => {
    const namespace = files
      .store(files.newPath(), { now: () => 1000.5 })
      .open({ namespace: 'test', leaseMs: 10.5 })
    await fill(namespace, 'key', BYTES)
    await namespace.expire({ keys: ['key'] }, 999.25)
    const answer = await readOne(namespace, 'key', { lease: false })
    assert.ok(answer.kind === 'value' && answer.expiredAt === 999.25)
  })
})
