/** The tag table: its bound, and the loss of one of its two hashes. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { MAX_FIELDS } from '../../../src/stores/redis/scripts/prelude.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith } from '../contract/namespaces.ts'
import { RedisProcesses } from './open-redis.ts'

const value = Uint8Array.of(1)

describe('the tag table in Redis', { skip: skipUnless('redis-server'), timeout: 60_000 }, () => {
  let processes: RedisProcesses
  let count = 0

  before(async () => {
    processes = await RedisProcesses.start()
  })
  after(() => processes.end())

  /** A namespace that no test has used, and the names of its hashes. */
  async function open() {
    const name = `table-${++count}`
    const namespace = await processes.open({ namespace: name })
    return { namespace, now: `{tags ${name}} now`, before: `{tags ${name}} before` }
  }

  /** Invalidates other tags until the table begins a new hash. */
  async function fillTable(namespace: RemoteNamespace, round: string): Promise<void> {
    const tags = Array.from({ length: MAX_FIELDS }, (_, i) => `${round}-${i}`)
    await namespace.invalidate({ tags })
  }

  it('a table that is full keeps the values whose tags were not invalidated', async () => {
    const { namespace, now, before } = await open()
    await fill(namespace, 'live', value, { tags: ['live'] })
    await fill(namespace, 'dead', value, { tags: ['dead'] })
    await namespace.invalidate({ tags: ['dead'] })
    await fillTable(namespace, 'first')
    assert.equal(await processes.admin.exists(before), 1)
    assert.ok((await processes.admin.hlen(now)) < MAX_FIELDS)
    assert.deepEqual(await storedBytes(namespace, 'live'), value)
    assert.equal(await storedBytes(namespace, 'dead'), undefined)
  })

  it('a table that was full twice ends the values that are older than its hashes', async () => {
    const { namespace, now, before } = await open()
    await fill(namespace, 'old', value)
    const token = await leaseOf(namespace, 'slow')
    await fillTable(namespace, 'first')
    await fill(namespace, 'new', value, { tags: ['new'] })
    await fillTable(namespace, 'second')
    assert.ok(
      (await processes.admin.hlen(now)) + (await processes.admin.hlen(before)) < 2 * MAX_FIELDS + 5000,
    )
    assert.equal(await storedBytes(namespace, 'old'), undefined)
    assert.equal(await storeWith(namespace, 'slow', token, value), 'lost')
    assert.deepEqual(await storedBytes(namespace, 'new'), value)
  })

  it('a table without its hash before ends the values that need it', async () => {
    const { namespace, before } = await open()
    await fill(namespace, 'old', value)
    await fillTable(namespace, 'first')
    await fill(namespace, 'new', value)
    await processes.admin.del(before)
    assert.equal(await storedBytes(namespace, 'old'), undefined)
    assert.deepEqual(await storedBytes(namespace, 'new'), value)
  })

  it('a table that was lost is not continued by the hash before it', async () => {
    const { namespace, now } = await open()
    await fill(namespace, 'old', value)
    await fillTable(namespace, 'first')
    await processes.admin.del(now)
    assert.equal((await readOne(namespace, 'old')).kind, 'lease')
    assert.equal(await storedBytes(namespace, 'old'), undefined)
  })

  it('a table has a lifetime, which a store renews', async () => {
    const { namespace, now } = await open()
    await fill(namespace, 'a', value)
    const full = await processes.admin.pttl(now)
    await processes.admin.pexpire(now, 60_000)
    await fill(namespace, 'b', value)
    assert.ok(full > 2_600_000_000 && (await processes.admin.pttl(now)) > 2_600_000_000)
  })

  it('a server holds no key without a lifetime', async () => {
    const { namespace } = await open()
    await fill(namespace, 'a', value, { tags: ['tag'] })
    await leaseOf(namespace, 'b')
    await namespace.startWrite('c', 'v1')
    await namespace.startWrite('c', 'v1')
    await namespace.invalidate({ tags: ['tag'] })
    for (const key of await processes.admin.keys('*')) {
      assert.ok((await processes.admin.pttl(key)) > 0, `${key} has no lifetime`)
    }
  })
})
