/** Lifetimes of values. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ContractNamespaces, fill, MINUTE, storedBytes, until } from './namespaces.ts'
import type { ContractOptions } from './opened-store.ts'

const DAY = 24 * 60 * MINUTE

export function describeLifetimes(namespaces: ContractNamespaces, { shortLifetime }: ContractOptions): void {
  // Concurrently, because the tests wait.
  describe('the lifetime', { concurrency: 10 }, () => {
    const skip = typeof shortLifetime === 'string' && shortLifetime
    const ttlMs = Number(shortLifetime)

    it('a value is stored for its lifetime and then removed', { skip, timeout: 20_000 }, async () => {
      const [process] = namespaces.open()
      const startedAt = performance.now()
      await fill(process, 'short', Uint8Array.of(1), { ttlMs })
      await until(async () => (await storedBytes(process, 'short')) === undefined)
      const storedMs = performance.now() - startedAt
      // A store reads a clock of whole milliseconds, so it may count up to one that had begun before.
      assert.ok(storedMs > ttlMs - 1, `stored for ${storedMs} ms of ${ttlMs}`)
    })

    it('a lifetime of 1 ms ends too', { skip, timeout: 20_000 }, async () => {
      const [process] = namespaces.open()
      await fill(process, 'tiny', Uint8Array.of(1), { ttlMs: 1 })
      await until(async () => (await storedBytes(process, 'tiny')) === undefined)
    })

    it('a lifetime starts again with the next value', { skip, timeout: 20_000 }, async () => {
      const [process] = namespaces.open()
      await fill(process, 'renewed', Uint8Array.of(1), { ttlMs })
      await process.invalidate({ keys: ['renewed'] })
      await fill(process, 'renewed', Uint8Array.of(2))
      await fill(process, 'not-renewed', Uint8Array.of(1), { ttlMs })
      await until(async () => (await storedBytes(process, 'not-renewed')) === undefined)
      assert.deepEqual(await storedBytes(process, 'renewed'), Uint8Array.of(2))
    })

    for (const ttlMs of [MINUTE, 30 * DAY - 1000, 30 * DAY, 30 * DAY + 1, 365 * DAY]) {
      it(`a lifetime of ${ttlMs} ms is accepted`, async () => {
        const [process, other] = namespaces.open()
        await fill(process, 'long', Uint8Array.of(1), { ttlMs })
        assert.deepEqual(await storedBytes(other, 'long'), Uint8Array.of(1))
      })
    }
  })
}
