/** Changes of marks that a server refuses, or that others overtake. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MetaCommand } from '../../../src/stores/memcached/client/meta-command.ts'
import type { MetaReply } from '../../../src/stores/memcached/client/meta-reply.ts'
import { storeOnServers } from '../../../src/stores/memcached/store-on-servers.ts'
import { connectionTo, FakeMemcached } from '../../support/fake-memcached.ts'
import { fill, storedBytes } from '../contract/namespaces.ts'

/** A namespace on a server of which a test executes the commands. */
function setUp() {
  const memcached = new FakeMemcached()
  const executed: MetaCommand[] = []
  let execute = (command: MetaCommand): MetaReply => memcached.execute(command)
  const server = connectionTo({ life: 1, execute: (command) => execute(command) }, async () => {})
  const store = storeOnServers({ servers: [server], serverOf: () => server, close: async () => {} })
  return {
    memcached,
    executed,
    namespace: store.open({ namespace: 'n', leaseMs: 1000 }),
    executeWith(run: (command: MetaCommand) => MetaReply) {
      execute = (command) => {
        executed.push(command)
        return run(command)
      }
    },
  }
}

describe('a change in Memcached', () => {
  it('an invalidation removes the mark of a tag that the server refuses to write', async () => {
    const { memcached, namespace, executeWith } = setUp()
    await fill(namespace, 'key', Uint8Array.of(1), { tags: ['red'] })
    executeWith((command) =>
      command.verb === 'ms' ? { code: 'error', message: 'SERVER_ERROR' } : memcached.execute(command),
    )
    await namespace.invalidate({ tags: ['red'] })
    assert.equal(await storedBytes(namespace, 'key'), undefined)
  })

  it('an expiry that others overtake each time removes the mark', async () => {
    const { memcached, executed, namespace, executeWith } = setUp()
    await fill(namespace, 'key')
    executeWith((command) => {
      const reply = memcached.execute(command)
      if (command.verb === 'mg') memcached.execute({ verb: 'md', key: command.key, flags: 'I' })
      return reply
    })
    await namespace.expire({ keys: ['key'] }, 1)
    assert.equal(executed.at(-1)?.verb, 'md')
    assert.ok(executed.length < 30, `${executed.length} commands`)
    executeWith((command) => memcached.execute(command))
    assert.equal(await storedBytes(namespace, 'key'), undefined)
  })
})
