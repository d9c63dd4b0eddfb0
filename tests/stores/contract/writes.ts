/** Writes: a value without a load, which ends what was loaded before. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ContractNamespaces, fill, leaseOf, storedBytes, storeWith, VERSION } from './namespaces.ts'

const [OLD, NEW] = [Uint8Array.of(1), Uint8Array.of(2)]

export function describeWrites(namespaces: ContractNamespaces): void {
  describe('a write', () => {
    it('a write stores its value, whose id is the token', async () => {
      const [process, other] = namespaces.open()
      const token = (await process.startWrite('key', VERSION)) ?? assert.fail('no token')
      assert.equal(await storeWith(process, 'key', token, NEW), 'stored')
      const [answer] = await other.read([{ name: 'key', version: VERSION, lease: true }])
      assert.ok(answer?.kind === 'value' && answer.id === token)
      assert.deepEqual(answer.bytes, NEW)
    })

    it('a write replaces the value of the write before', async () => {
      const [process, other] = namespaces.open()
      for (const byte of [1, 2, 3]) {
        const token = (await process.startWrite('key', VERSION)) ?? assert.fail('no token')
        assert.equal(await storeWith(process, 'key', token, Uint8Array.of(byte)), 'stored')
        assert.deepEqual(await storedBytes(other, 'key'), Uint8Array.of(byte))
      }
    })

    it('a write removes the stored values of all versions when it starts', async () => {
      const [process, other] = namespaces.open()
      for (const version of ['1', '2']) await fill(process, 'key', OLD, { version })
      await other.startWrite('key', '1')
      for (const version of ['1', '2']) assert.equal(await storedBytes(process, 'key', version), undefined)
    })

    it('a write takes the leases of running loads', async () => {
      const [process, other] = namespaces.open()
      const load = await leaseOf(process, 'key')
      const write = (await other.startWrite('key', VERSION)) ?? assert.fail('no token')
      assert.equal(await storeWith(process, 'key', load, OLD), 'lost')
      assert.equal(await storeWith(other, 'key', write, NEW), 'stored')
      assert.equal(await storeWith(process, 'key', load, OLD), 'lost')
      assert.deepEqual(await storedBytes(process, 'key'), NEW)
    })

    it('two writes that overlap leave no value, whichever ends first', async () => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const both = namespaces.open()
        await fill(both[0], 'key', OLD)
        const tokens: (string | undefined)[] = []
        for (const process of both) tokens.push(await process.startWrite('key', VERSION))
        assert.equal(tokens[1], undefined)
        for (const i of order) {
          const [process, token] = [both[i], tokens[i]]
          if (process === undefined || token === undefined) continue
          assert.equal(await storeWith(process, 'key', token, NEW), 'lost')
        }
        assert.equal(await storedBytes(both[0], 'key'), undefined)
      }
    })

    it('writes that start at the same time leave no value', async () => {
      const [process, other] = namespaces.open()
      const both = [process, other]
      const tokens = await Promise.all(both.map((one) => one.startWrite('key', VERSION)))
      await Promise.all(
        both.map((one, i) => tokens[i] !== undefined && storeWith(one, 'key', tokens[i], NEW)),
      )
      assert.equal(await storedBytes(process, 'key'), undefined)
    })

    it('a write is lost after an invalidation of its key or of a tag of its value', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'known', OLD, { tags: ['red'] })
      for (const change of [{ keys: ['key'] }, { tags: ['red'] }]) {
        const token = (await process.startWrite('key', VERSION)) ?? assert.fail('no token')
        await other.invalidate(change)
        assert.equal(await storeWith(process, 'key', token, NEW, { tags: ['red'] }), 'lost')
        assert.equal(await storedBytes(other, 'key'), undefined)
        await other.invalidate({ keys: ['key'] }) // ends the write for a store that still waits for it
      }
    })
  })
}
