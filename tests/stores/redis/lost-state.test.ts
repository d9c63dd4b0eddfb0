/** Loss of a server's state: restarts, snapshots, and scripts that a server kept. No old value is returned afterwards. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { startRedis } from '../../servers/redis-server.ts'
import type { RunningServer } from '../../servers/server-process.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith } from '../contract/namespaces.ts'
import { RedisProcesses } from './open-redis.ts'

const old = Uint8Array.of(1)

describe('a Redis server that lost its state', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let folder: string
  let processes: RedisProcesses
  let restarted: RunningServer | undefined
  let one: RemoteNamespace
  let two: RemoteNamespace

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-snapshot-'))
    processes = await RedisProcesses.start({ options: ['--dir', folder] })
    one = await processes.open()
    two = await processes.open()
  })
  after(async () => {
    await processes?.end()
    await restarted?.end()
    await rm(folder, { recursive: true, force: true })
  })

  /** Kills the server and starts it on the same port, with its snapshot if there is one. */
  async function restart(): Promise<void> {
    await (restarted ?? processes.server).end()
    restarted = await startRedis({ port: processes.server.port, options: ['--dir', folder] })
    await processes.reached(one, two)
    while (processes.admin.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it('a server restarted without data loses the lease of a load, so the load is not stored', async () => {
    const token = await leaseOf(one, 'slow')
    await two.invalidate({ keys: ['slow'] })
    await restart()
    assert.equal(await storeWith(one, 'slow', token, old), 'lost')
    assert.equal((await readOne(two, 'slow')).kind, 'lease')
  })

  it('a server restarted from an older snapshot returns none of its values', async () => {
    await fill(one, 'key', old)
    await fill(one, 'tagged', old, { tags: ['tag'] })
    await fill(one, 'other', old)
    const token = await leaseOf(one, 'loading')
    await processes.admin.save()
    await two.invalidate({ keys: ['key', 'loading'], tags: ['tag'] })
    await restart()

    assert.equal(await processes.admin.hexists('hitrate key', 'vv1'), 1) // the snapshot has the old value
    for (const process of [one, two]) {
      for (const name of ['key', 'tagged', 'other']) assert.equal(await storedBytes(process, name), undefined)
    }
    assert.equal(await storeWith(one, 'loading', token, old), 'lost')
    await fill(two, 'key', Uint8Array.of(2))
    assert.deepEqual(await storedBytes(one, 'key'), Uint8Array.of(2))
  })

  it('a server restarted with its present data returns none of its values either', async () => {
    await fill(one, 'present', old)
    await processes.admin.save()
    await restart()
    assert.equal(await storedBytes(two, 'present'), undefined)
  })

  it('a table of an earlier server is removed, also by a process that knows the present one', async () => {
    await fill(one, 'raced', old)
    await processes.admin.save()
    const table = await processes.admin.hgetall('{tags hitrate} now')
    await two.invalidate({ keys: ['raced'] })
    await restart()
    await storedBytes(one, 'raced')
    await processes.admin.hset('{tags hitrate} now', 'run', table.run ?? '')
    assert.equal(await storedBytes(one, 'raced'), undefined)
    assert.equal(await processes.admin.exists('{tags hitrate} now'), 0)
  })
})
