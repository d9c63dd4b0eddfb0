/** Commands that a client sends again, because the connection was lost before the reply: no lease waits for itself. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { redisStore } from '../../../src/stores/redis/redis-store.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import { leaseOf, readOne, storedBytes, storeWith, VERSION } from '../contract/namespaces.ts'
import { RedisProcesses } from './open-redis.ts'

const value = Uint8Array.of(1)

describe('a command that is sent twice to Redis', {
  skip: skipUnless('redis-server'),
  timeout: 20_000,
}, () => {
  let processes: RedisProcesses
  let namespace: RemoteNamespace
  let other: RemoteNamespace

  before(async () => {
    processes = await RedisProcesses.start()
    const { admin } = processes
    const client = {
      isCluster: false,
      async call(command: string, args: string[]) {
        await admin.call(command, args).catch(() => {}) // the reply that was lost
        return await admin.call(command, args)
      },
      duplicate: () => admin,
      on() {},
      off() {},
    }
    namespace = redisStore({ client }).open({ namespace: 'twice', leaseMs: 60_000 })
    other = await processes.open({ namespace: 'twice' })
  })
  after(() => processes.end())

  it('a read that is sent twice gets the lease', async () => {
    const token = await leaseOf(namespace, 'read')
    assert.equal((await readOne(other, 'read')).kind, 'busy')
    assert.equal(await storeWith(other, 'read', token, value), 'stored')
  })

  it('a store that is sent twice stores the value, although its last reply is that the lease was lost', async () => {
    const token = await leaseOf(namespace, 'store')
    assert.equal(await storeWith(namespace, 'store', token, value), 'lost')
    assert.deepEqual(await storedBytes(other, 'store'), value)
  })

  it('a write that is sent twice is not taken for two writes', async () => {
    const token = (await namespace.startWrite('write', VERSION)) ?? assert.fail('taken for two writes')
    assert.equal(await storeWith(other, 'write', token, value), 'stored')
    assert.deepEqual(await storedBytes(other, 'write'), value)
  })

  it('a lease that is renewed, released or invalidated twice ends once', async () => {
    const token = await leaseOf(namespace, 'renewed')
    assert.equal(await namespace.renew({ name: 'renewed', version: VERSION, token }), true)
    await namespace.release({ name: 'renewed', version: VERSION, token })
    const next = await leaseOf(other, 'renewed')
    await namespace.invalidate({ keys: ['renewed'] })
    assert.equal(await storeWith(other, 'renewed', next, value), 'lost')
  })
})
