/** Several servers: each has everything of its names, so that one without answers costs its own names alone. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { MemcachedServers } from '../../../src/stores/memcached/client/memcached-servers.ts'
import { memcachedStore } from '../../../src/stores/memcached/memcached-store.ts'
import { type RemoteNamespace, StoreError } from '../../../src/stores/store.ts'
import type { RunningServer } from '../../servers/server-process.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, until, VERSION } from '../contract/namespaces.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

const value = Uint8Array.of(1)
const names = Array.from({ length: 60 }, (_, i) => `key-${i}`)
const requests = names.map((name) => ({ name, version: VERSION, lease: false }))
const skip = skipUnless('memcached')

describe('three Memcached servers', { skip, timeout: 30_000 }, () => {
  let processes: MemcachedProcesses

  before(async () => {
    processes = await MemcachedProcesses.start(3)
  })
  after(() => processes.end())

  it('a tag that nobody had seen costs one load of each server', async () => {
    const [one, two] = [processes.open({ namespace: 'new-tag' }), processes.open({ namespace: 'new-tag' })]
    const results: string[] = []
    for (const [i, name] of names.entries()) {
      const process = i % 2 === 0 ? one : two
      results.push(await storeWith(process, name, await leaseOf(process, name), value, { tags: ['new'] }))
    }
    assert.equal(results.filter((result) => result === 'lost').length, 3)
  })

  it('a tag that the read names costs no load', async () => {
    const process = processes.open({ namespace: 'named-tag' })
    for (const name of names) {
      const token = await leaseOf(process, name, { tags: ['new'] })
      assert.equal(await storeWith(process, name, token, value, { tags: ['new'] }), 'stored')
    }
  })

  it('a tag that a write names costs no load', async () => {
    const process = processes.open({ namespace: 'written-tag' })
    for (const name of names) {
      const token = (await process.startWrite(name, VERSION, undefined, ['new'])) ?? assert.fail('no token')
      assert.equal(await storeWith(process, name, token, value, { tags: ['new'] }), 'stored')
    }
  })

  it('a name is on one server, whatever order the servers have', async () => {
    await fill(processes.open({ namespace: 'order' }), 'key', value)
    const store = memcachedStore({ servers: processes.addresses.toReversed().join(', ') })
    const reordered = store.open({ namespace: 'order', leaseMs: 1000 })
    assert.deepEqual(await storedBytes(reordered, 'key'), value)
    await store.close?.()
  })
})

for (const failure of ['ended', 'frozen'] as const) {
  describe(`three Memcached servers of which one is ${failure}`, { skip, timeout: 30_000 }, () => {
    let processes: MemcachedProcesses
    let failed: RunningServer
    let process: RemoteNamespace
    let lost: string[]
    let live: string[]

    before(async () => {
      processes = await MemcachedProcesses.start(3)
      process = processes.open({ timeoutMs: 1000 })
      for (const name of names) await fill(process, name, value, { tags: ['red'] })
      failed = processes.servers[1] ?? assert.fail('no server')
      if (failure === 'ended') await failed.end()
      else kill(failed, 'SIGSTOP')
      let answers = await process.read(requests)
      await until(async () => {
        answers = await process.read(requests)
        return answers.some(({ kind }) => kind === 'failed')
      })
      lost = names.filter((_, i) => answers[i]?.kind === 'failed')
      live = names.filter((_, i) => answers[i]?.kind === 'value')
    })
    after(async () => {
      if (failure === 'frozen') kill(failed, 'SIGCONT')
      await processes.end()
    })

    it('reads of its names fail, and all others get their values', async () => {
      assert.equal(lost.length + live.length, names.length)
      assert.ok(lost.length > 0 && live.length > 0, `${lost.length} and ${live.length} names`)
      const answer = (await process.read(requests)).find(({ kind }) => kind === 'failed')
      assert.ok(answer?.kind === 'failed' && answer.error instanceof Error)
    })

    it('reads of its names alone are answered as failed, so that the store does not count as down', async () => {
      const answers = await process.read(requests.filter(({ name }) => lost.includes(name)))
      assert.deepEqual(new Set(answers.map(({ kind }) => kind)), new Set(['failed']))
    })

    it('changes of other names succeed, and changes that concern it reject', async () => {
      await process.invalidate({ keys: live.slice(0, 1) })
      assert.equal(await storedBytes(process, live[0] ?? ''), undefined)
      await process.expire({ keys: live.slice(1, 2) }, 1)
      await assert.rejects(process.invalidate({ keys: lost.slice(0, 1) }), StoreError)
      await assert.rejects(process.invalidate({ tags: ['red'] }), StoreError)
      await assert.rejects(process.expire({ everything: true }, 1), StoreError)
      await assert.rejects(process.clear(), StoreError)
    })

    it('a change that rejects is made on the other servers', async () => {
      await fill(process, live[2] ?? '', value, { tags: ['red'] })
      await assert.rejects(process.invalidate({ tags: ['red'] }), StoreError)
      await until(async () => (await storedBytes(process, live[2] ?? '')) === undefined)
    })

    it('a ping of the store resolves', async () => {
      await processes.openStore().ping()
    })

    it('its names are answered again when it is back, without old values', async () => {
      if (failure === 'ended') await processes.restart(1)
      else kill(failed, 'SIGCONT')
      await until(() =>
        process.invalidate({ tags: ['red'] }).then(
          () => true,
          () => false,
        ),
      )
      const answers = await process.read(requests)
      assert.ok(
        answers.every(({ kind }) => kind === 'absent'),
        answers.map(({ kind }) => kind).join(' '),
      )
      await fill(process, lost[0] ?? '', Uint8Array.of(2), { tags: ['red'] })
      assert.deepEqual(await storedBytes(process, lost[0] ?? ''), Uint8Array.of(2))
    })
  })
}

describe('a frozen Memcached server', { skip, timeout: 30_000 }, () => {
  let processes: MemcachedProcesses
  let one: RemoteNamespace
  let two: RemoteNamespace

  before(async () => {
    processes = await MemcachedProcesses.start()
    one = processes.open({ timeoutMs: 200 })
    two = processes.open({ timeoutMs: 200 })
  })
  after(() => processes.end())

  /** Runs calls that the server does not answer, and lets it go on with them. */
  async function whileFrozen(calls: () => Promise<unknown>[]): Promise<void> {
    const server = processes.servers[0] ?? assert.fail('no server')
    kill(server, 'SIGSTOP')
    await isFrozen(processes.addresses)
    const results = await Promise.allSettled(calls())
    kill(server, 'SIGCONT')
    for (const result of results) assert.equal(result.status, 'rejected')
    for (const process of [one, two]) {
      await until(() =>
        readOne(process, 'other', { lease: false }).then(
          () => true,
          () => false,
        ),
      )
    }
  }

  it('a value that is stored late, before an invalidation that failed is repeated, is not returned after it', async () => {
    const token = await leaseOf(one, 'stored')
    await whileFrozen(() => [storeWith(one, 'stored', token, value), two.invalidate({ keys: ['stored'] })])
    await two.invalidate({ keys: ['stored'] })
    assert.equal(await storedBytes(one, 'stored'), undefined)
  })

  it('a value whose tag was invalidated late is not returned', async () => {
    await fill(one, 'tagged', value, { tags: ['red'] })
    const token = await leaseOf(one, 'loading')
    await whileFrozen(() => [two.invalidate({ tags: ['red'] })])
    await until(async () => (await storedBytes(one, 'tagged')) === undefined)
    assert.equal(await storeWith(one, 'loading', token, value, { tags: ['red'] }), 'lost')
  })

  it('a lease that is granted late to nobody ends by itself', async () => {
    const brief = processes.open({ timeoutMs: 200, leaseMs: 1000 })
    await fill(brief, 'any', value)
    await whileFrozen(() => [readOne(brief, 'late')])
    await until(async () => (await readOne(two, 'late')).kind === 'lease')
  })

  it('a write that is started late leaves no value, and later writes do', async () => {
    const brief = processes.open({ timeoutMs: 200, leaseMs: 1000 })
    await fill(brief, 'written', value)
    await whileFrozen(() => [brief.startWrite('written', VERSION)])
    assert.equal(await storedBytes(two, 'written'), undefined)
    // Each write that is refused makes the conflict last for another lease.
    await until(async () => !(await processes.keysOf()).some((key) => key.endsWith(':wwritten')))
    const token = await brief.startWrite('written', VERSION)
    assert.equal(await storeWith(brief, 'written', token ?? '', value), 'stored')
  })
})

/** Resolves when the server does not answer any more: it takes the signal a little later. */
async function isFrozen(addresses: readonly string[]): Promise<void> {
  const client = new MemcachedServers({ servers: addresses, timeoutMs: 50 })
  const server = client.serverOf('')
  await until(() =>
    server.ping().then(
      () => false,
      () => true,
    ),
  )
  await client.close()
}

function kill({ pid }: RunningServer, signal: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(pid, signal)
}
