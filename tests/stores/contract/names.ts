/** Names, versions and batches. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ContractNamespaces, everyByte, fill, readOne, storedBytes, VERSION } from './namespaces.ts'

const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 33 + i))

export function describeNames(namespaces: ContractNamespaces): void {
  describe('the names', () => {
    it('names that differ in one character are different', async () => {
      const names = ['key', 'KEY', 'key:', 'ke', '"key"', `'key'\\`, '{key}', '*', 'k?y', 'a/../b', '-1']
      const [process, other] = namespaces.open()
      await Promise.all(names.map((name, i) => fill(process, name, Uint8Array.of(i))))
      for (const [i, name] of names.entries()) {
        assert.deepEqual(await storedBytes(other, name), Uint8Array.of(i), name)
      }
    })

    it('names may have 250 characters of printable ASCII, in a namespace with a name of 200', async () => {
      const [process, other] = namespaces.openNamed(printable.repeat(3).slice(0, 200))
      const name = printable.repeat(3).slice(0, 250)
      const similar = `${name.slice(0, -1)}~`
      await fill(process, name, everyByte(), { tags: [name] })
      assert.deepEqual(await storedBytes(other, name), everyByte())
      assert.equal(await storedBytes(other, similar), undefined)
      await other.invalidate({ tags: [similar], keys: [similar] })
      assert.deepEqual(await storedBytes(other, name), everyByte())
      await other.invalidate({ tags: [name] })
      assert.equal(await storedBytes(process, name), undefined)
      await fill(process, name, everyByte(), { tags: [name] })
      await other.invalidate({ keys: [name] })
      assert.equal(await storedBytes(process, name), undefined)
    })

    it('names are different in namespaces whose names begin alike', async () => {
      const name = namespaces.newName()
      const similar = ['', ':a', ':a:b', '-', '*'].map((end) => namespaces.openNamed(`${name}${end}`)[0])
      for (const [i, namespace] of similar.entries()) {
        for (const key of ['b', 'a:b', 'k']) await fill(namespace, key, Uint8Array.of(i))
      }
      for (const [i, namespace] of similar.entries()) {
        for (const key of ['b', 'a:b', 'k'])
          assert.deepEqual(await storedBytes(namespace, key), Uint8Array.of(i))
      }
    })

    it('versions of a name have values of their own, and an invalidation removes all', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'key', Uint8Array.of(1), { version: '1' })
      assert.equal(await storedBytes(process, 'key', '2'), undefined)
      await fill(process, 'key', Uint8Array.of(2), { version: '2' })
      assert.deepEqual(await storedBytes(other, 'key', '1'), Uint8Array.of(1))
      assert.deepEqual(await storedBytes(other, 'key', '2'), Uint8Array.of(2))
      await other.invalidate({ keys: ['key'] })
      for (const version of ['1', '2']) assert.equal(await storedBytes(process, 'key', version), undefined)
    })
  })

  describe('read', () => {
    const request = (name: string) => ({ name, version: VERSION, lease: false })

    it('read returns one answer per request in their order', async () => {
      const [process, other] = namespaces.open()
      await fill(process, 'first', Uint8Array.of(1))
      await fill(process, 'second', Uint8Array.of(2))
      const names = ['second', 'absent', 'first', 'second', 'absent']
      const answers = await other.read(names.map(request))
      assert.deepEqual(
        answers.map((answer) => (answer.kind === 'value' ? answer.bytes : answer.kind)),
        [Uint8Array.of(2), 'absent', Uint8Array.of(1), Uint8Array.of(2), 'absent'],
      )
    })

    it('read of no requests returns no answers', async () => {
      assert.deepEqual(await namespaces.open()[0].read([]), [])
    })

    it('read accepts 100 requests, with and without values', async () => {
      const [process] = namespaces.open()
      const names = Array.from({ length: 100 }, (_, i) => `many-${i}`)
      await Promise.all(
        names.map(async (name, i) => i % 3 === 0 || (await fill(process, name, Uint8Array.of(i)))),
      )
      const answers = await process.read(names.map(request))
      assert.deepEqual(
        answers.map((answer) => (answer.kind === 'value' ? answer.bytes[0] : answer.kind)),
        names.map((_, i) => (i % 3 === 0 ? 'absent' : i)),
      )
    })

    it('read without a request for the lease takes none', async () => {
      const [process, other] = namespaces.open()
      assert.equal((await readOne(process, 'key', { lease: false })).kind, 'absent')
      assert.equal((await readOne(other, 'key')).kind, 'lease')
    })
  })
}
