/** Clients of real servers that restart or freeze, and connections that are cut. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ConnectionChangedError } from '../../../../src/stores/memcached/client/connection-changed-error.ts'
import type { MemcachedServer } from '../../../../src/stores/memcached/client/memcached-server.ts'
import { MemcachedServers } from '../../../../src/stores/memcached/client/memcached-servers.ts'
import type { MetaReply } from '../../../../src/stores/memcached/client/meta-reply.ts'
import { type Fault, FaultProxy } from '../../../servers/fault-proxy.ts'
import { startMemcached } from '../../../servers/memcached-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { skipUnless } from '../../../support/installed.ts'
import { get, set, textOf } from '../../../support/memcached-commands.ts'

/** A client of one server, with the server itself. */
function openClient(port: number) {
  const client = new MemcachedServers({ servers: [`127.0.0.1:${port}`], timeoutMs: 300 })
  const [server] = client.servers
  assert.ok(server)
  return { client, server }
}

/** Repeats a ping until the server answers. */
async function recovered(server: MemcachedServer): Promise<void> {
  for (;;) {
    try {
      return await server.ping()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

describe('a Memcached that restarts or freezes', { skip: skipUnless('memcached'), timeout: 60_000 }, () => {
  it('after a restart the client connects again, and calls for the old connection are rejected', async () => {
    let running = await startMemcached()
    const { client, server } = openClient(running.port)
    try {
      const before = await server.run([set('k', 'v')])
      await running.end()
      await assert.rejects(server.run([get('k')]))
      running = await startMemcached({ port: running.port })
      await recovered(server)
      await assert.rejects(
        server.run([set('k', 'old')], { connection: before.connection }),
        ConnectionChangedError,
      )
      const after = await server.run([get('k')])
      assert.equal(textOf(after.replies[0]), 'EN')
      assert.ok(after.connection > before.connection)
    } finally {
      await client.close()
      await running.end()
    }
  })

  it('a call when a server starts late is answered', async () => {
    const first = await startMemcached()
    await first.end()
    const { client, server } = openClient(first.port)
    await assert.rejects(server.ping())
    const running = await startMemcached({ port: first.port })
    try {
      await recovered(server)
      assert.equal(textOf((await server.run([get('k')])).replies[0]), 'EN')
    } finally {
      await client.close()
      await running.end()
    }
  })

  it('a frozen server fails calls, at once after the first, and recovers when it goes on', async () => {
    const running = await startMemcached()
    const { client, server } = openClient(running.port)
    try {
      await server.run([set('k', 'v')])
      process.kill(running.pid, 'SIGSTOP')
      // The signal may arrive after the first calls.
      const untilFrozen = async () => {
        for (;;) await server.run([get('k')])
      }
      await assert.rejects(untilFrozen(), /did not answer in time/)
      await assert.rejects(server.run([get('k')]), /does not answer/)
      process.kill(running.pid, 'SIGCONT')
      await recovered(server)
      assert.equal(textOf((await server.run([get('k')])).replies[0]), 'v')
    } finally {
      process.kill(running.pid, 'SIGCONT')
      await client.close()
      await running.end()
    }
  })

  it('a frozen server of three does not slow the other two', async () => {
    const running = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
    const servers = running.map(({ port }) => `127.0.0.1:${port}`)
    const client = new MemcachedServers({ servers, timeoutMs: 300 })
    const frozen = running[0]
    assert.ok(frozen)
    try {
      const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`)
      await Promise.all(keys.map((key) => client.serverOf(key).run([set(key, key)])))
      process.kill(frozen.pid, 'SIGSTOP')
      const states = new Set<string>()
      // The signal may arrive after the first round.
      for (let round = 0; round < 5 && !states.has('at once'); round++) {
        const results = await Promise.allSettled(keys.map((key) => client.serverOf(key).run([get(key)])))
        for (const [i, result] of results.entries()) states.add(stateOf(result, keys[i] ?? ''))
      }
      assert.deepEqual([...states].sort(), ['at once', 'found', 'late'])
    } finally {
      process.kill(frozen.pid, 'SIGCONT')
      await client.close()
      await Promise.all(running.map((server) => server.end()))
    }

    function stateOf(result: PromiseSettledResult<{ replies: MetaReply[] }>, key: string): string {
      if (result.status === 'fulfilled') return textOf(result.value.replies[0]) === key ? 'found' : 'wrong'
      const isFrozen = client.serverOf(key).name === `127.0.0.1:${frozen?.port}`
      if (!isFrozen) return 'failed'
      return /does not answer/.test(String(result.reason)) ? 'at once' : 'late'
    }
  })
})

describe('a connection with faults', { skip: skipUnless('memcached'), timeout: 60_000 }, () => {
  let running: RunningServer
  before(async () => {
    running = await startMemcached()
  })
  after(() => running.end())

  const faults: Fault[] = [
    { kind: 'cut' },
    { kind: 'refuse' },
    { kind: 'garbage' },
    { kind: 'cut-answers', bytes: 3 },
    { kind: 'cut-answers', bytes: 20_000 },
    { kind: 'freeze' },
    { kind: 'mute' },
    { kind: 'delay', ms: 400 },
  ]
  for (const fault of faults) {
    it(`calls fail during a fault and are answered after it: ${JSON.stringify(fault)}`, async () => {
      const proxy = await FaultProxy.start(running.port)
      const { client, server } = openClient(proxy.port)
      try {
        const value = Buffer.alloc(50_000, 'value ')
        await server.run([set('large', value)])
        await proxy.set(fault)
        const failures = await Promise.allSettled([server.run([get('large')]), server.run([get('large')])])
        assert.deepEqual(
          failures.map(({ status }) => status),
          ['rejected', 'rejected'],
        )
        await proxy.set({ kind: 'pass' })
        await recovered(server)
        const { replies } = await server.run([get('large'), get('absent'), get('large')])
        assert.deepEqual(replies.map(textOf), [value.toString(), 'EN', value.toString()])
      } finally {
        await client.close()
        await proxy.end()
      }
    })
  }

  it('a half-open connection is replaced', async () => {
    const proxy = await FaultProxy.start(running.port)
    const { client, server } = openClient(proxy.port)
    try {
      const { connection } = await server.run([get('k')])
      await proxy.set({ kind: 'freeze' })
      await assert.rejects(server.run([get('k')]), /did not answer in time/)
      // The old connection stays frozen for ever; the client opens another one.
      while (proxy.connections < 2) await new Promise((resolve) => setTimeout(resolve, 10))
      await proxy.set({ kind: 'pass' })
      await recovered(server)
      assert.ok((await server.run([get('k')])).connection > connection)
    } finally {
      await client.close()
      await proxy.end()
    }
  })
})
