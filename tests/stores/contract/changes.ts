/** Expiry, and the removal of a whole namespace. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { type ContractNamespaces, fill, leaseOf, readOne, storedBytes, storeWith } from './namespaces.ts'

const BYTES = Uint8Array.of(1)
const AT = 1_800_000_000_123

export function describeChanges(namespaces: ContractNamespaces): void {
  /** A store without leases may remove the value in place of expiring it. */
  async function assertExpired(process: RemoteNamespace, name: string): Promise<void> {
    const answer = await readOne(process, name, { lease: false })
    if (answer.kind === 'absent' && !namespaces.capabilities.leases) return
    assert.ok(answer.kind === 'value', answer.kind)
    assert.equal(answer.expiredAt, AT)
    assert.deepEqual(answer.bytes, BYTES)
  }

  async function assertFresh(process: RemoteNamespace, name: string): Promise<void> {
    const answer = await readOne(process, name, { lease: false })
    assert.ok(answer.kind === 'value', answer.kind)
    assert.equal(answer.expiredAt, undefined)
  }

  describe('expire', () => {
    it('expire makes the values of keys stale, and no others', async () => {
      const [process, other] = namespaces.open()
      for (const name of ['a', 'b', 'c']) await fill(process, name)
      await other.expire({ keys: ['a', 'b', 'absent'] }, AT)
      await assertExpired(process, 'a')
      await assertExpired(other, 'b')
      await assertFresh(process, 'c')
    })

    it('expire makes the values with a tag stale, and no others', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'a', BYTES, { tags: ['red'] })
      await fill(process, 'b', BYTES, { tags: ['blue', 'red'] })
      await fill(process, 'c', BYTES, { tags: ['blue'] })
      await other.expire({ tags: ['red'] }, AT)
      await assertExpired(process, 'a')
      await assertExpired(process, 'b')
      await assertFresh(process, 'c')
    })

    it('expire of everything makes all values stale, with and without tags, and none that is loaded later', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'tagged', BYTES, { tags: ['red'] })
      await fill(process, 'plain', BYTES)
      await other.expire({ everything: true }, AT)
      await assertExpired(process, 'tagged')
      await assertExpired(process, 'plain')
      await fill(process, 'later', BYTES)
      await assertFresh(process, 'later')
    })

    it('expire does not touch values that are loaded later', async () => {
      const [process, other] = namespaces.open()
      const id = await fill(process, 'key', BYTES, { tags: ['red'] })
      await other.expire({ keys: ['key'], tags: ['red'] }, AT)
      for (let attempt = 0; ; attempt++) {
        const token = await leaseOf(process, 'key', { not: id })
        if ((await storeWith(process, 'key', token, BYTES, { tags: ['red'] })) === 'stored') break
        assert.ok(attempt < 3, 'the value was not stored')
      }
      await assertFresh(other, 'key')
    })

    it('expire leaves the value to be invalidated', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'a', BYTES)
      await fill(process, 'b', BYTES, { tags: ['red'] })
      await process.expire({ keys: ['a'], tags: ['red'] }, AT)
      await other.invalidate({ keys: ['a'], tags: ['red'] })
      assert.deepEqual(
        [await storedBytes(process, 'a'), await storedBytes(process, 'b')],
        [undefined, undefined],
      )
    })
  })

  describe('clear', () => {
    it('clear removes the values of its namespace only', async () => {
      const name = namespaces.newName()
      const [process, other] = namespaces.openNamed(name)
      const [similar] = namespaces.openNamed(`${name}:a`)
      const [unrelated] = namespaces.open()
      for (const one of [process, similar, unrelated]) {
        for (const key of ['a', 'a:b']) await fill(one, key, BYTES, { tags: ['red'] })
      }
      await other.clear()
      for (const key of ['a', 'a:b']) {
        assert.equal(await storedBytes(process, key), undefined)
        assert.deepEqual(await storedBytes(similar, key), BYTES)
        assert.deepEqual(await storedBytes(unrelated, key), BYTES)
      }
    })

    it('clear leaves the namespace usable, also when repeated', async () => {
      const [process, other] = namespaces.open()
      await process.clear()
      await other.clear()
      await fill(process, 'key', BYTES, { tags: ['red'] })
      assert.deepEqual(await storedBytes(other, 'key'), BYTES)
    })

    it('clear allows the next reader to load at once', async () => {
      const [process, other] = namespaces.open()
      const lost = await leaseOf(process, 'key')
      await other.clear()
      const token = await leaseOf(other, 'key')
      assert.equal(await storeWith(process, 'key', lost, BYTES), 'lost')
      assert.equal(await storeWith(other, 'key', token, Uint8Array.of(2)), 'stored')
      assert.deepEqual(await storedBytes(process, 'key'), Uint8Array.of(2))
    })
  })
}
