/** Messages of a Redis namespace through every client: lost connections, closing, and a subscriber that was passed in. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { RedisSubscriber } from '../../../src/stores/redis/clients/redis-client.ts'
import { redisStore } from '../../../src/stores/redis/redis-store.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { startRedis } from '../../servers/redis-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'
import { skipUnless } from '../../support/installed.ts'
import { leaseOf, readOne, until } from '../contract/namespaces.ts'
import { RedisProcesses } from './open-redis.ts'
import { clientKinds, type OpenedClient } from './redis-clients.ts'

const skip = skipUnless('redis-server')

interface Received {
  announcements: string[]
  woken: string[]
  connections: boolean[]
  close(): Promise<void>
}

function listen(namespace: RemoteNamespace): Received {
  const received = { announcements: [] as string[], woken: [] as string[], connections: [] as boolean[] }
  const close = namespace.subscribe?.({
    onAnnouncement: (announcement) => received.announcements.push(announcement),
    onWake: (name) => received.woken.push(name),
    onConnection: (isConnected) => received.connections.push(isConnected),
  })
  return { ...received, close: close ?? assert.fail('the store has no messages') }
}

for (const kind of clientKinds.filter(({ hasMessages }) => hasMessages)) {
  describe(`messages through ${kind.name}`, { skip: kind.skip || skip, timeout: 30_000 }, () => {
    let processes: RedisProcesses
    let sender: RemoteNamespace
    let opened: OpenedClient
    let restarted: RunningServer | undefined

    before(async () => {
      processes = await RedisProcesses.start()
      sender = await processes.open()
      opened = await kind.open(processes.server.port)
    })
    after(async () => {
      await opened?.close()
      await processes?.end()
      await restarted?.end()
    })

    const open = (subscriber?: RedisSubscriber) =>
      redisStore({ client: opened.client, subscriber }).open({ namespace: 'hitrate', leaseMs: 60_000 })
    const subscribers = () =>
      processes.admin.client('LIST', 'TYPE', 'PUBSUB').then((list) => `${list}`.trim())

    /** Loses connections with `lose` until the subscription ends, then waits until messages arrive again. */
    async function arriveAgain(received: Received, lose: () => Promise<unknown>): Promise<void> {
      await until(() => received.connections.at(-1) === true)
      await lose()
      await until(() => received.connections.length >= 3 && received.connections.at(-1) === true)
      await sender.announce?.('again')
      await until(() => received.announcements.length > 0)
      assert.deepEqual(received.announcements, ['again'])
      assert.equal(
        received.connections.filter((isConnected, i) => isConnected === (i % 2 === 0)).length,
        received.connections.length,
      )
    }

    it('a subscription that the server closed is renewed, and each message arrives once', async () => {
      const received = listen(open())
      await arriveAgain(received, () => processes.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub'))
      await received.close()
    })

    it('a process that is subscribed again is woken', async () => {
      const namespace = open()
      const received = listen(namespace)
      await arriveAgain(received, () => processes.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub'))
      const token = await leaseOf(sender, 'key')
      assert.equal((await readOne(namespace, 'key')).kind, 'busy')
      await sender.release({ name: 'key', version: 'v1', token })
      await until(() => received.woken.length > 0)
      assert.deepEqual(received.woken, ['key'])
      await received.close()
    })

    it('a process that is not subscribed is not noted among those that wait', async () => {
      const namespace = open()
      const token = await leaseOf(sender, 'unnoted')
      assert.equal((await readOne(namespace, 'unnoted')).kind, 'busy')
      assert.equal(await processes.admin.hexists('hitrate unnoted', 'qv1'), 0)
      await sender.release({ name: 'unnoted', version: 'v1', token })
    })

    it('a subscription that was closed leaves no connection', async () => {
      const received = listen(open())
      await until(() => received.connections.length > 0)
      await received.close()
      await until(async () => (await subscribers()) === '')
    })

    it('a subscription that was closed before it connected leaves no connection', async () => {
      const received = listen(open())
      await received.close()
      // The next one has connected after the closed one would have.
      const next = listen(open())
      await until(() => next.connections.length > 0)
      await next.close()
      await until(async () => (await subscribers()) === '')
      assert.deepEqual(received.connections, [])
    })

    it('a subscriber that was passed in is used and not closed', async () => {
      const own = await kind.open(processes.server.port)
      const received = listen(open(own.client as RedisSubscriber))
      await until(() => received.connections.length > 0)
      await sender.announce?.('through it')
      await until(() => received.announcements.length > 0)
      assert.equal((await subscribers()).split('\n').length, 1)
      await received.close()
      const again = listen(open(own.client as RedisSubscriber))
      await until(() => again.connections.length > 0)
      await again.close()
      await own.close()
    })

    it('a subscription is renewed after the server was restarted', async () => {
      const received = listen(open())
      await arriveAgain(received, async () => {
        await processes.server.end()
        restarted = await startRedis({ port: processes.server.port })
        await processes.reached(sender)
      })
      await received.close()
    })
  })
}
