/** Announcements to every process, and wake-ups of processes that wait for a load. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
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

interface Received {
  announcements: string[]
  woken: string[]
  connections: boolean[]
  close(): Promise<void>
}

/** Subscribes, and waits for the connection. */
async function subscribed(namespace: RemoteNamespace, onAnnouncement = () => {}): Promise<Received> {
  const received: Omit<Received, 'close'> = { announcements: [], woken: [], connections: [] }
  const close = namespace.subscribe?.({
    onAnnouncement(announcement) {
      received.announcements.push(announcement)
      onAnnouncement()
    },
    onWake: (name) => received.woken.push(name),
    onConnection: (isConnected) => received.connections.push(isConnected),
  })
  await until(() => received.connections.length > 0)
  assert.deepEqual(received.connections, [true])
  return { ...received, close: close ?? assert.fail('the store has no messages') }
}

export function describeMessages(namespaces: ContractNamespaces): void {
  describe('messages', { timeout: 20_000 }, () => {
    const hasMessages = () => namespaces.open()[0].subscribe !== undefined
    const reason = 'the store has no messages'

    it('messages reach every subscriber of the namespace in their order', async (test) => {
      if (!hasMessages()) return test.skip(reason)
      const [process, other] = namespaces.open()
      const [unrelated] = namespaces.open()
      const all = await Promise.all([process, other, unrelated].map((one) => subscribed(one)))
      await process.invalidate({ keys: ['a'] }, 'invalidated')
      await process.announce?.('announced')
      await process.expire({ tags: ['a'] }, Date.now(), 'expired')
      await process.invalidate({ tags: ['a'] }, '{"text":"é 🙂 \\u0000"}')
      await process.startWrite('b', VERSION, 'written')
      await process.startWrite('b', VERSION, 'written again') // the first write is still under way
      await process.clear('cleared')
      const expected = [
        ...['invalidated', 'announced', 'expired', '{"text":"é 🙂 \\u0000"}'],
        ...['written', 'written again', 'cleared'],
      ]
      for (const received of all.slice(0, 2)) {
        await until(() => received.announcements.length >= expected.length)
        assert.deepEqual(received.announcements, expected)
      }
      assert.deepEqual(all[2]?.announcements, [])
      await Promise.all(all.map(({ close }) => close()))
    })

    it('messages of an invalidation arrive after it took effect', async (test) => {
      if (!hasMessages()) return test.skip(reason)
      const [process, other] = namespaces.open()
      const reads: Promise<Uint8Array | undefined>[] = []
      const received = await subscribed(other, () => reads.push(storedBytes(other, 'key')))
      for (let round = 0; round < 10; round++) {
        await fill(process, 'key', Uint8Array.of(1), { tags: ['red'] })
        await process.invalidate(round % 2 === 0 ? { keys: ['key'] } : { tags: ['red'] }, 'gone')
        await until(() => reads.length > round)
        assert.equal(await reads[round], undefined)
      }
      await received.close()
    })

    it('no messages arrive from an operation without an announcement', async (test) => {
      if (!hasMessages()) return test.skip(reason)
      const [process, other] = namespaces.open()
      const received = await subscribed(other)
      await process.invalidate({ keys: ['a'], tags: ['b'] })
      await process.expire({ keys: ['a'] }, Date.now())
      await process.clear()
      await process.announce?.('last')
      await until(() => received.announcements.length > 0)
      assert.deepEqual(received.announcements, ['last'])
      await received.close()
    })

    it('no messages arrive after the subscription was closed', async (test) => {
      if (!hasMessages()) return test.skip(reason)
      const [process, other] = namespaces.open()
      const [closed, open] = [await subscribed(process), await subscribed(other)]
      await closed.close()
      await other.announce?.('late')
      await until(() => open.announcements.length > 0)
      assert.deepEqual(closed.announcements, [])
      await open.close()
    })

    for (const end of ['stored', 'released'] as const) {
      it(`a process that waits for a lease is woken when it is ${end}`, async (test) => {
        if (!hasMessages()) return test.skip(reason)
        const [process, other] = namespaces.open()
        const received = await subscribed(other)
        const token = await leaseOf(process, 'key')
        assert.equal((await readOne(other, 'key')).kind, 'busy')
        if (end === 'stored') await storeWith(process, 'key', token, Uint8Array.of(1))
        else await process.release({ name: 'key', version: VERSION, token })
        await until(() => received.woken.includes('key'))
        assert.equal((await readOne(other, 'key')).kind, end === 'stored' ? 'value' : 'lease')
        await received.close()
      })
    }
  })
}
