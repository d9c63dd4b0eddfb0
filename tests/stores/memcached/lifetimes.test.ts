/** Lifetimes of items: none stays for ever, and a value that is loaded again stays until its load has ended. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storeWith, until, VERSION } from '../contract/namespaces.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

const value = Uint8Array.of(1)

describe('the items in Memcached', { skip: skipUnless('memcached'), timeout: 30_000 }, () => {
  let processes: MemcachedProcesses

  before(async () => {
    processes = await MemcachedProcesses.start()
  })
  after(() => processes.end())

  it('the items of every operation have lifetimes', async () => {
    const namespace = processes.open()
    const id = await fill(namespace, 'a', value, { tags: ['tag'] })
    await leaseOf(namespace, 'a', { not: id })
    await leaseOf(namespace, 'b', { tags: ['new'] })
    for (let writes = 0; writes < 2; writes++) await namespace.startWrite('c', VERSION)
    const token = (await namespace.startWrite('d', VERSION)) ?? assert.fail('no token')
    await storeWith(namespace, 'd', token, value, { tags: ['tag'] })
    await namespace.invalidate({ tags: ['tag', 'unused'] })
    await fill(namespace, 'e', value, { tags: ['expired'] })
    await namespace.expire({ keys: ['e'], tags: ['expired'], everything: true }, 1)
    const items = await processes.itemsOf()
    assert.ok(items.length > 10)
    for (const { key, end } of items) assert.notEqual(end, -1, key)
  })

  it('the mark of a name ends with its values', async () => {
    const namespace = processes.open({ namespace: 'marks' })
    await fill(namespace, 'key', value, { ttlMs: 1000 })
    const mark = (await processes.itemsOf()).find(({ key }) => key === '5:marks:mkey')
    const seconds = (mark?.end ?? NaN) - Date.now() / 1000
    assert.ok(seconds > 60 && seconds < 200, `${seconds}`)
  })

  it('an invalidated name leaves no mark', async () => {
    const namespace = processes.open({ namespace: 'gone' })
    await fill(namespace, 'key', value)
    await namespace.invalidate({ keys: ['key', 'never-stored'] })
    assert.deepEqual(
      (await processes.keysOf()).filter((key) => key.startsWith('4:gone:m')),
      [],
    )
  })

  it('a value that ends while it is loaded again stays until the new one is stored', async () => {
    const namespace = processes.open()
    const id = await fill(namespace, 'refreshed', value, { ttlMs: 1000 })
    const token = await leaseOf(namespace, 'refreshed', { not: id })
    await fill(namespace, 'not-refreshed', value, { ttlMs: 1000 })
    await until(async () => (await readOne(namespace, 'not-refreshed', { lease: false })).kind === 'absent')
    assert.equal(await storeWith(namespace, 'refreshed', token, Uint8Array.of(2)), 'stored')
  })

  it('a lease of a refresh is renewed together with its value', async () => {
    const namespace = processes.open({ leaseMs: 1000 })
    const id = await fill(namespace, 'renewed', value, { ttlMs: 1000 })
    const token = await leaseOf(namespace, 'renewed', { not: id })
    await leaseOf(namespace, 'not-renewed')
    await until(async () => {
      assert.equal(await namespace.renew({ name: 'renewed', version: VERSION, token }), true)
      return (await readOne(namespace, 'not-renewed')).kind === 'lease'
    })
    assert.equal(await storeWith(namespace, 'renewed', token, Uint8Array.of(2)), 'stored')
  })
})
