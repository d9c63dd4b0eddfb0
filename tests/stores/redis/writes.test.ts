/** Writes of a name: values and loads of its other versions end too. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, until } from '../contract/namespaces.ts'
import { RedisProcesses } from './open-redis.ts'

const old = Uint8Array.of(1)
const written = Uint8Array.of(2)

describe('a write in Redis', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let processes: RedisProcesses
  let one: RemoteNamespace
  let two: RemoteNamespace

  before(async () => {
    processes = await RedisProcesses.start()
    one = await processes.open()
    two = await processes.open()
  })
  after(() => processes.end())

  async function startWrite(name: string): Promise<string> {
    return (await one.startWrite(name, 'new')) ?? assert.fail('another write is under way')
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
    const brief = await processes.open({ leaseMs: 300 })
    const token = (await brief.startWrite('e', 'new')) ?? assert.fail('no token')
    const end = Date.now() + 600
    while (Date.now() < end) assert.equal(await brief.renew({ name: 'e', version: 'new', token }), true)
    assert.equal(await two.startWrite('e', 'new'), undefined)
  })

  it('a write wakes the processes that waited for the load which it ended', async () => {
    const woken: string[] = []
    let isConnected = false
    const close = two.subscribe?.({
      onAnnouncement() {},
      onWake: (name) => woken.push(name),
      onConnection(connected) {
        isConnected = connected
      },
    })
    await until(() => isConnected)
    await leaseOf(one, 'f', { version: 'other' })
    assert.equal((await readOne(two, 'f', { version: 'other' })).kind, 'busy')
    await startWrite('f')
    await until(() => woken.includes('f'))
    await close?.()
  })
})
