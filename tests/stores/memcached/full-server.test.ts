/** A server that is full and evicts nothing (`memcached -M`) refuses new items, and accepts removals. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type RemoteNamespace, StoreError } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, VERSION } from '../contract/namespaces.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

const value = Uint8Array.of(1)

describe('a full Memcached server', { skip: skipUnless('memcached'), timeout: 60_000 }, () => {
  let processes: MemcachedProcesses
  let one: RemoteNamespace
  let two: RemoteNamespace
  let loading: string
  let refreshing: string

  before(
    async () => {
      processes = await MemcachedProcesses.start(1, { options: ['-M', '-m', '4'] })
      one = processes.open()
      two = processes.open()
      for (const key of ['key', 'invalid', 'expired', 'written', 'refreshed']) await fill(one, key, value)
      for (const key of ['tagged', 'expired by tag', 'kept by tag']) {
        await fill(one, key.replaceAll(' ', '-'), value, { tags: [key.split(' ')[0] ?? ''] })
      }
      loading = await leaseOf(one, 'loading')
      refreshing = await leaseOf(one, 'refreshed', { not: '*' })
      await processes.fillUp()
    },
    { timeout: 60_000 },
  )
  after(() => processes.end())

  it('a full server returns values and grants no leases', async () => {
    assert.deepEqual(await storedBytes(two, 'key'), value)
    assert.equal((await readOne(two, 'missing')).kind, 'refused')
    assert.equal((await readOne(two, 'key', { not: '*' })).kind, 'refused')
    assert.equal((await readOne(two, 'tagged-too', { tags: ['kept'] })).kind, 'refused')
    assert.deepEqual(await storedBytes(two, 'kept-by-tag'), value)
  })

  it('a full server invalidates keys', async () => {
    await one.invalidate({ keys: ['invalid'] })
    assert.equal(await storedBytes(two, 'invalid'), undefined)
  })

  it('a full server invalidates tags, those that no value has too', async () => {
    await one.invalidate({ tags: ['tagged', 'unused'] })
    assert.equal(await storedBytes(two, 'tagged'), undefined)
  })

  it('a full server expires keys and tags, if need be by removing them', async () => {
    await one.expire({ keys: ['expired'], tags: ['expired'] }, 1)
    for (const name of ['expired', 'expired-by-tag']) {
      const answer = await readOne(two, name, { lease: false })
      if (answer.kind === 'value') assert.equal(answer.expiredAt, 1)
      else assert.equal(answer.kind, 'absent')
    }
  })

  it('a full server invalidates a key at the start of its write, which stores nothing', async () => {
    const token = await one.startWrite('written', VERSION)
    assert.equal(await storedBytes(two, 'written'), undefined)
    if (token !== undefined) await assert.rejects(storeWith(one, 'written', token, value), StoreError)
  })

  for (const kind of ['load', 'refresh'] as const) {
    it(`a store on a full server rejects, and ends the lease of its ${kind}`, async () => {
      const [name, token] = kind === 'load' ? ['loading', loading] : ['refreshed', refreshing]
      const isOutOfMemory = (error: unknown) =>
        error instanceof StoreError && /out of memory/.test(String(error.cause))
      await assert.rejects(storeWith(one, name, token, new Uint8Array(900)), isOutOfMemory)
      assert.notEqual((await readOne(two, name, { not: '*' })).kind, 'busy')
      assert.equal(await one.renew({ name, version: VERSION, token }), false)
    })
  }

  it('a full server clears a namespace', async () => {
    assert.deepEqual(await storedBytes(two, 'key'), value)
    await one.clear()
    assert.equal(await storedBytes(two, 'key'), undefined)
  })
})
