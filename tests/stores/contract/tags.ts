/** Invalidation by tags, also by tags that only the load finds out. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ContractNamespaces, fill, leaseOf, storedBytes, storeWith } from './namespaces.ts'

const BYTES = Uint8Array.of(1)

export function describeTags(namespaces: ContractNamespaces): void {
  describe('tags', () => {
    it('tags invalidate the values that have one of them, and no others', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'a', BYTES, { tags: ['red'] })
      await fill(process, 'b', BYTES, { tags: ['blue', 'red', 'green'] })
      await fill(process, 'c', BYTES, { tags: ['blue'] })
      await fill(process, 'd', BYTES)
      await other.invalidate({ tags: ['red', 'unused'] })
      assert.equal(await storedBytes(process, 'a'), undefined)
      assert.equal(await storedBytes(process, 'b'), undefined)
      assert.deepEqual(await storedBytes(process, 'c'), BYTES)
      assert.deepEqual(await storedBytes(process, 'd'), BYTES)
    })

    it('tags invalidate the values of all versions', async () => {
      const [process, other] = namespaces.open()
      for (const version of ['1', '2']) await fill(process, 'key', BYTES, { version, tags: ['red'] })
      await other.invalidate({ tags: ['red'] })
      for (const version of ['1', '2']) assert.equal(await storedBytes(process, 'key', version), undefined)
    })

    it('tags invalidate no values of other namespaces, and no names like them', async () => {
      const [[process], [unrelated]] = [namespaces.open(), namespaces.open()]
      await fill(unrelated, 'a', BYTES, { tags: ['red'] })
      await fill(process, 'red', BYTES)
      await process.invalidate({ tags: ['red'] })
      assert.deepEqual(await storedBytes(unrelated, 'a'), BYTES)
      assert.deepEqual(await storedBytes(process, 'red'), BYTES)
      await fill(process, 'a', BYTES, { tags: ['name'] })
      await process.invalidate({ keys: ['name'] })
      assert.deepEqual(await storedBytes(process, 'a'), BYTES)
    })

    it('tags that were invalidated during a load keep its value out', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'known', BYTES, { tags: ['red'] })
      const token = await leaseOf(process, 'key')
      await other.invalidate({ tags: ['red'] })
      assert.equal(await storeWith(process, 'key', token, BYTES, { tags: ['blue', 'red'] }), 'lost')
      assert.equal(await storedBytes(other, 'key'), undefined)
    })

    it('tags that nobody had seen before the load keep its value out too', async () => {
      const [process, other] = namespaces.open()
      const token = await leaseOf(process, 'key')
      await other.invalidate({ tags: ['new'] })
      assert.equal(await storeWith(process, 'key', token, BYTES, { tags: ['new'] }), 'lost')
      assert.equal(await storedBytes(other, 'key'), undefined)
    })

    it('tags that were invalidated before the load do not matter', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'key', BYTES, { tags: ['red'] })
      await other.invalidate({ tags: ['red'] })
      await fill(process, 'key', Uint8Array.of(2), { tags: ['red'] })
      assert.deepEqual(await storedBytes(other, 'key'), Uint8Array.of(2))
    })

    it('tags may be invalidated again and again', async () => {
      const [process, other] = namespaces.open()
      for (let round = 0; round < 3; round++) {
        await fill(process, 'key', Uint8Array.of(round), { tags: ['red'] })
        assert.deepEqual(await storedBytes(other, 'key'), Uint8Array.of(round))
        await other.invalidate({ tags: ['red'] })
        await process.invalidate({ tags: ['red'] })
        assert.equal(await storedBytes(process, 'key'), undefined)
      }
    })

    it('tags and keys are invalidated together', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'a', BYTES, { tags: ['red'] })
      await fill(process, 'b', BYTES)
      await other.invalidate({ keys: ['b'], tags: ['red'] })
      assert.deepEqual(
        [await storedBytes(process, 'a'), await storedBytes(process, 'b')],
        [undefined, undefined],
      )
    })

    it('tags of a value may be 100', async () => {
      const [process, other] = namespaces.open()
      const tags = Array.from({ length: 100 }, (_, i) => `tag-${i}`)
      await fill(process, 'key', BYTES, { tags })
      assert.deepEqual(await storedBytes(other, 'key'), BYTES)
      await other.invalidate({ tags: ['tag-57'] })
      assert.equal(await storedBytes(process, 'key'), undefined)
    })

    it('tags of a new value replace those of the old one', async () => {
      const [process, other] = namespaces.open()
      const id = await fill(process, 'key', BYTES, { tags: ['red'] })
      const token = await leaseOf(process, 'key', { not: id, tags: ['blue'] })
      assert.equal(await storeWith(process, 'key', token, BYTES, { tags: ['blue'] }), 'stored')
      await other.invalidate({ tags: ['red'] })
      assert.deepEqual(await storedBytes(other, 'key'), BYTES)
      await other.invalidate({ tags: ['blue'] })
      assert.equal(await storedBytes(other, 'key'), undefined)
    })

    it('tags whose state the server lost are not trusted', async (test) => {
      const { loseTags } = namespaces.opened
      if (loseTags === undefined) return test.skip('this server does not lose it alone')
      const [process, other] = namespaces.open()
      await fill(process, 'key', BYTES, { tags: ['red'] })
      await loseTags()
      assert.equal(await storedBytes(process, 'key'), undefined)
      await fill(process, 'key', BYTES, { tags: ['red'] })
      assert.deepEqual(await storedBytes(other, 'key'), BYTES)
      await other.invalidate({ tags: ['red'] })
      assert.equal(await storedBytes(process, 'key'), undefined)
    })

    it('tags whose invalidation the server lost during a load keep its value out', async (test) => {
      const { loseTags } = namespaces.opened
      if (loseTags === undefined) return test.skip('this server does not lose it alone')
      const [process, other] = namespaces.open()
      await fill(process, 'known', BYTES, { tags: ['red'] })
      const token = await leaseOf(process, 'key')
      await other.invalidate({ tags: ['red'] })
      await loseTags()
      assert.equal(await storeWith(process, 'key', token, BYTES, { tags: ['red'] }), 'lost')
      assert.equal(await storedBytes(other, 'key'), undefined)
    })
  })
}
