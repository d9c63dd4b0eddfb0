/** Bytes of values are returned unchanged. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertBytes, type ContractNamespaces, everyByte, fill, storedBytes } from './namespaces.ts'
import type { ContractOptions } from './opened-store.ts'

export function describeBytes(namespaces: ContractNamespaces, options: ContractOptions): void {
  const { largest = 1024 * 1024 - 4096 } = options

  describe('the bytes', () => {
    const text = (value: string) => new TextEncoder().encode(value)
    const values: Record<string, Uint8Array> = {
      'all 256 values of a byte': everyByte(),
      'no bytes': new Uint8Array(0),
      'one zero': Uint8Array.of(0),
      text: text('text, é, 漢字, 🙂'),
      'text that ends like a protocol': text('$-1\r\nEND\r\n'),
      'text like a lease': text('Lt1'),
      'invalid UTF-8': Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80),
      'a view of a larger buffer': everyByte().subarray(100, 200),
      [`${largest} bytes`]: new Uint8Array(largest).map((_, i) => i % 251),
    }
    for (const [description, bytes] of Object.entries(values)) {
      it(`bytes are returned unchanged: ${description}`, async () => {
        const [process, other] = namespaces.open()
        const original = bytes.slice()
        await fill(process, 'bytes', bytes)
        assertBytes(await storedBytes(process, 'bytes'), original)
        assertBytes(await storedBytes(other, 'bytes'), original)
        assertBytes(bytes, original)
      })
    }

    it('bytes are replaced by the next ones, shorter or longer', async () => {
      const [process] = namespaces.open()
      for (const length of [100, 3, 1000]) {
        const bytes = new Uint8Array(length).fill(length)
        await process.invalidate({ keys: ['replaced'] })
        await fill(process, 'replaced', bytes)
        assert.deepEqual(await storedBytes(process, 'replaced'), bytes)
      }
    })

    it('bytes may be changed by the caller that got them', async () => {
      const [process] = namespaces.open()
      await fill(process, 'changed', everyByte())
      const returned = await storedBytes(process, 'changed')
      returned?.fill(0)
      assert.deepEqual(await storedBytes(process, 'changed'), everyByte())
    })
  })
}
