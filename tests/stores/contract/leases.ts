/** Leases: one reader loads, and a load that was overtaken stores nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type ContractNamespaces,
  fill,
  leaseOf,
  readOne,
  storedBytes,
  storeWith,
  until,
  VERSION,
} from './namespaces.ts'
import type { ContractOptions } from './opened-store.ts'

const [OLD, NEW] = [Uint8Array.of(1), Uint8Array.of(2)]

export function describeLeases(namespaces: ContractNamespaces, options: ContractOptions): void {
  describe('a lease', () => {
    it('a lease stores its value, whose id is the token', async () => {
      const [process, other] = namespaces.open()
      const token = await leaseOf(process, 'key')
      assert.equal(await storeWith(process, 'key', token, OLD), 'stored')
      const expected = { kind: 'value', bytes: new Uint8Array(OLD), id: token }
      assert.deepEqual({ ...(await readOne(other, 'key')) }, expected)
    })

    it('a lease ends with its value', async () => {
      const [process] = namespaces.open()
      const token = await leaseOf(process, 'key')
      await storeWith(process, 'key', token, OLD)
      assert.equal(await storeWith(process, 'key', token, NEW), 'lost')
      assert.equal(await process.renew({ name: 'key', version: VERSION, token }), false)
      assert.deepEqual(await storedBytes(process, 'key'), OLD)
    })

    it('a lease is lost after an invalidation, also by another process', async () => {
      for (const invalidator of [0, 1]) {
        const both = namespaces.open()
        const token = await leaseOf(both[0], 'key')
        await both[invalidator]?.invalidate({ keys: ['key'] })
        assert.equal(await storeWith(both[0], 'key', token, OLD), 'lost')
        assert.equal(await storedBytes(both[1], 'key'), undefined)
      }
    })

    it('a lease is lost after an invalidation, and the next leader stores its value', async () => {
      const [process, other] = namespaces.open()
      const token = await leaseOf(process, 'key')
      await other.invalidate({ keys: ['key'] })
      const next = await leaseOf(other, 'key')
      assert.equal(await storeWith(process, 'key', token, OLD), 'lost')
      assert.equal(await storeWith(other, 'key', next, NEW), 'stored')
      assert.equal(await storeWith(process, 'key', token, OLD), 'lost')
      assert.deepEqual(await storedBytes(process, 'key'), NEW)
    })

    it('a lease of each version is lost after an invalidation', async () => {
      const [process, other] = namespaces.open()
      const versions = ['1', '2']
      const tokens = await Promise.all(versions.map((version) => leaseOf(process, 'key', { version })))
      await other.invalidate({ keys: ['key'] })
      for (const [i, version] of versions.entries()) {
        assert.equal(await storeWith(process, 'key', tokens[i] ?? '', OLD, { version }), 'lost')
      }
    })

    it('a lease is lost after clear', async () => {
      const [process, other] = namespaces.open()
      const token = await leaseOf(process, 'key')
      await other.clear()
      assert.equal(await storeWith(process, 'key', token, OLD), 'lost')
      assert.equal(await storedBytes(process, 'key'), undefined)
      await fill(process, 'key', NEW)
    })

    it('a lease that does not exist stores nothing', async () => {
      const [process] = namespaces.open()
      const token = await leaseOf(process, 'key')
      assert.equal(await storeWith(process, 'other', token, OLD), 'lost')
      assert.equal(await storeWith(process, 'key', 'foreign', OLD), 'lost')
      assert.equal(await storedBytes(process, 'other'), undefined)
    })

    it('a lease may be renewed until it ends', async () => {
      const [process] = namespaces.open()
      const lease = { name: 'key', version: VERSION, token: await leaseOf(process, 'key') }
      assert.equal(await process.renew(lease), true)
      assert.equal(await process.renew(lease), true)
      await process.invalidate({ keys: ['key'] })
      assert.equal(await process.renew(lease), false)
    })

    it('a released lease stores nothing, and the next reader gets one', async () => {
      const [process, other] = namespaces.open()
      const token = await leaseOf(process, 'key')
      const lease = { name: 'key', version: VERSION, token }
      await process.release(lease)
      assert.equal(await process.renew(lease), false)
      const next = await leaseOf(other, 'key')
      await process.release(lease) // repeated: it must not release the next lease
      assert.equal(await storeWith(process, 'key', token, OLD), 'lost')
      assert.equal(await storeWith(other, 'key', next, NEW), 'stored')
    })

    it('a released lease to refresh a value stores nothing, and the next reader gets one', async () => {
      const [process, other] = namespaces.open()
      const id = await fill(process, 'key', OLD)
      const token = await leaseOf(process, 'key', { not: id })
      const lease = { name: 'key', version: VERSION, token }
      assert.equal(await process.renew(lease), true)
      await process.release(lease)
      assert.equal(await process.renew(lease), false)
      assert.equal(await storeWith(process, 'key', token, NEW), 'lost')
      assert.deepEqual(await storedBytes(other, 'key'), OLD)
      assert.equal(await storeWith(other, 'key', await leaseOf(other, 'key', { not: id }), NEW), 'stored')
    })

    it('a lease is granted to a reader for which the stored value is not good enough', async () => {
      const [process, other] = namespaces.open()
      const id = await fill(process, 'key', OLD)
      assert.equal((await readOne(other, 'key', { not: 'another' })).kind, 'value')
      const token = await leaseOf(other, 'key', { not: id })
      assert.deepEqual(await storedBytes(process, 'key'), OLD, 'other readers get the value meanwhile')
      assert.equal(await storeWith(other, 'key', token, NEW), 'stored')
      const answer = await readOne(process, 'key', { not: id })
      assert.ok(answer.kind === 'value' && answer.bytes[0] === 2 && answer.id === token)
    })

    it('a lease is granted to a reader for which no stored value is good enough', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'key', OLD)
      const token = await leaseOf(other, 'key', { not: '*' })
      assert.equal(await storeWith(other, 'key', token, NEW), 'stored')
      assert.deepEqual(await storedBytes(process, 'key'), NEW)
    })

    it('no lease and no value go to a reader that accepts none and will not load', async () => {
      const [process] = namespaces.open()
      const id = await fill(process, 'key', OLD)
      for (const not of [id, '*']) {
        assert.deepEqual(await readOne(process, 'key', { not, lease: false }), { kind: 'absent' })
      }
    })

    if (namespaces.capabilities.leases) describeExclusion(namespaces, options)
    else {
      it('every reader of a missing key gets a lease', async () => {
        const [process, other] = namespaces.open()
        const readers = Array.from({ length: 10 }, (_, i) => leaseOf(i % 2 === 0 ? process : other, 'key'))
        assert.equal(new Set(await Promise.all(readers)).size, 10)
      })
    }
  })
}

/** The tests of stores that grant one lease at a time. */
function describeExclusion(namespaces: ContractNamespaces, options: ContractOptions): void {
  const { shortLease = 100, seesRunOutLeases = true } = options

  it('a lease goes to one of many concurrent readers', async () => {
    const [process, other] = namespaces.open()
    const readers = Array.from({ length: 40 }, (_, i) => readOne(i % 2 === 0 ? process : other, 'key'))
    const kinds = (await Promise.all(readers)).map(({ kind }) => kind).sort()
    assert.deepEqual(kinds, [...Array(39).fill('busy'), 'lease'])
  })

  it('a lease is held for its version only', async () => {
    const [process, other] = namespaces.open()
    await leaseOf(process, 'key', { version: '1' })
    assert.equal((await readOne(other, 'key', { version: '1' })).kind, 'busy')
    assert.equal((await readOne(other, 'key', { version: '2' })).kind, 'lease')
  })

  it('a lease to refresh a value goes to one reader', async () => {
    const [process, other] = namespaces.open()
    const id = await fill(process, 'key', OLD)
    await leaseOf(process, 'key', { not: id })
    assert.equal((await readOne(other, 'key', { not: id })).kind, 'busy')
    assert.equal((await readOne(other, 'key')).kind, 'value')
  })

  it('a lease is revoked by a reader that accepts no value', async () => {
    const [process, other] = namespaces.open()
    const token = await leaseOf(process, 'key')
    const next = await leaseOf(other, 'key', { not: '*' })
    assert.equal(await process.renew({ name: 'key', version: VERSION, token }), false)
    assert.equal(await storeWith(process, 'key', token, OLD), 'lost')
    assert.equal(await storeWith(other, 'key', next, NEW), 'stored')
  })

  it('a lease that has run out goes to the next reader', { timeout: 20_000 }, async () => {
    const [process, other] = namespaces.open(shortLease)
    const token = await leaseOf(process, 'key')
    await until(async () => {
      const answer = await readOne(other, 'key')
      if (answer.kind === 'lease' && seesRunOutLeases) assert.equal(answer.takenOver, true)
      return answer.kind === 'lease'
    })
    assert.equal(await storeWith(process, 'key', token, OLD), 'lost')
  })

  it('a lease of a reader that came first was not taken over', async () => {
    const answer = await readOne(namespaces.open()[0], 'key')
    assert.ok(answer.kind === 'lease' && !answer.takenOver)
  })
}
