/** Writes of a name: values and loads of its other versions end too. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, until } from '../contract/namespaces.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

const old = Uint8Array.of(1)
const written = Uint8Array.of(2)

describe('a write in Memcached', { skip: skipUnless('memcached'), timeout: 30_000 }, () => {
  let processes: MemcachedProcesses
  let one: RemoteNamespace
  let two: RemoteNamespace

  before(async () => {
    processes = await MemcachedProcesses.start()
    one = processes.open()
    two = processes.open()
  })
  after(() => processes.end())

  async function startWrite(name: string, process = one): Promise<string> {
    return (await process.startWrite(name, 'new')) ?? assert.fail('another write is under way')
  }

  it('a write ends the value that another version loaded while it was under way', async () => {
    const token = await startWrite('a')
    await fill(two, 'a', old, { version: 'other' })
    assert.equal(await storeWith(one, 'a', token, written, { version: 'new' }), 'stored')
    assert.equal(await storedBytes(two, 'a', 'other'), undefined)
    assert.deepEqual(await storedBytes(two, 'a', 'new'), written)
  })

  it('a write ends the load that another version began while it was under way', async () => {
    const token = await startWrite('b')
    const loading = await leaseOf(two, 'b', { version: 'other' })
    await storeWith(one, 'b', token, written, { version: 'new' })
    assert.equal(await storeWith(two, 'b', loading, old, { version: 'other' }), 'lost')
  })

  it('a write that was released lets the next write store its value', async () => {
    const token = await startWrite('c')
    await one.release({ name: 'c', version: 'new', token })
    assert.equal(await storeWith(one, 'c', token, old, { version: 'new' }), 'lost')
    const next = await startWrite('c')
    assert.equal(await storeWith(one, 'c', next, written, { version: 'new' }), 'stored')
  })

  it('a write whose lease was lost lets the next write store its value', async () => {
    const token = await startWrite('d')
    await leaseOf(two, 'd', { version: 'new', not: '*' })
    assert.equal(await storeWith(one, 'd', token, written, { version: 'new' }), 'lost')
    const next = await startWrite('d')
    assert.equal(await storeWith(one, 'd', next, written, { version: 'new' }), 'stored')
  })

  it('a write that was renewed is under way for another lease', async () => {
    const brief = processes.open({ leaseMs: 1000 })
    const token = await startWrite('e', brief)
    // The renewed items outlive one that is written at the same time and not renewed.
    await brief.startWrite('not-renewed', 'new')
    await until(async () => {
      assert.equal(await brief.renew({ name: 'e', version: 'new', token }), true)
      return (await readOne(two, 'not-renewed', { version: 'new' })).kind === 'lease'
    })
    assert.equal(await two.startWrite('e', 'new'), undefined)
  })

  it('a write is not renewed after an invalidation, or when another write has begun', async () => {
    for (const end of [() => two.invalidate({ keys: ['f'] }), () => two.startWrite('f', 'new')]) {
      const token = await startWrite('f')
      await end()
      assert.equal(await one.renew({ name: 'f', version: 'new', token }), false)
      await one.release({ name: 'f', version: 'new', token })
    }
  })

  it('a write keeps readers of its version waiting, also if it had to make the marks', async () => {
    for (const process of [one, processes.open({ namespace: 'unused' })]) {
      const token = (await process.startWrite('g', 'new', undefined, ['unseen'])) ?? assert.fail('no token')
      assert.equal((await readOne(process, 'g', { version: 'new' })).kind, 'busy')
      const value = { version: 'new', tags: ['unseen'] }
      assert.equal(await storeWith(process, 'g', token, written, value), 'stored')
    }
  })

  it('a write whose value has an expired tag or namespace is lost', async () => {
    await fill(one, 'known', old, { tags: ['red'] })
    for (const change of [{ tags: ['red'] }, { everything: true }, { keys: ['h'] }]) {
      const token = await startWrite('h')
      await two.expire(change, 1)
      assert.equal(await storeWith(one, 'h', token, written, { version: 'new', tags: ['red'] }), 'lost')
    }
  })
})
