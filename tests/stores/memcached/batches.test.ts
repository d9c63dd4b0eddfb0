/** Large batches: all commands of a server are one pipeline. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { skipUnless } from '../../support/installed.ts'
import { MINUTE, VERSION } from '../contract/namespaces.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

for (const count of [1, 3]) {
  describe(`a large batch in ${count} of Memcached's servers`, {
    skip: skipUnless('memcached'),
    timeout: 60_000,
  }, () => {
    let processes: MemcachedProcesses

    before(async () => {
      processes = await MemcachedProcesses.start(count)
    })
    after(() => processes.end())

    it('a batch of 1,000 reads is answered in order, and one of 3,000 keys and tags is invalidated', async () => {
      const namespace = processes.open()
      const names = Array.from({ length: 1000 }, (_, i) => `name-${i}`)
      const requests = names.map((name, i) => ({ name, version: VERSION, lease: true, tags: [`tag-${i}`] }))
      const leases = await namespace.read(requests)
      await Promise.all(
        leases.map((lease, i) => {
          const { token } = lease.kind === 'lease' ? lease : assert.fail(`answer ${i} is ${lease.kind}`)
          const entry = { name: names[i] ?? '', version: VERSION, token, ttlMs: MINUTE }
          return namespace.store({ ...entry, bytes: Uint8Array.of(i % 256), tags: [`tag-${i}`] })
        }),
      )
      const values = await namespace.read(requests)
      assert.deepEqual(
        values.map((answer) => (answer.kind === 'value' ? answer.bytes[0] : answer.kind)),
        names.map((_, i) => i % 256),
      )

      const many = (word: string, from: number) =>
        Array.from({ length: 3000 }, (_, i) => `${word}-${from + i}`)
      await namespace.invalidate({ keys: many('name', 500), tags: many('tag', -2900) })
      const left = await namespace.read(requests.map((request) => ({ ...request, lease: false })))
      assert.deepEqual(
        left.map(({ kind }) => kind),
        names.map((_, i) => (i < 100 || i >= 500 ? 'absent' : 'value')),
      )
    })

    it('a batch may have the same name several times, and one of its reads gets the lease', async () => {
      const namespace = processes.open({ namespace: 'same' })
      const request = { name: 'key', version: VERSION, lease: true }
      const kinds = (await namespace.read(Array(10).fill(request))).map(({ kind }) => kind)
      assert.deepEqual(kinds.toSorted(), [...Array(9).fill('busy'), 'lease'])
    })
  })
}
