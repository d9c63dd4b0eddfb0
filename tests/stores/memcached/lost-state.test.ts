/** Loss of a server's state: evictions and restarts. No old value is returned afterwards. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, until, VERSION } from '../contract/namespaces.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

const old = Uint8Array.of(1)
const skip = skipUnless('memcached')

describe('a Memcached server that evicts', { skip, timeout: 60_000 }, () => {
  let processes: MemcachedProcesses

  before(async () => {
    processes = await MemcachedProcesses.start(1, { options: ['-m', '4'] })
  })
  after(() => processes.end())

  it('a server that evicted the marks of 300 invalidations returns none of their values', async () => {
    const [one, two] = [processes.open(), processes.open()]
    const names = Array.from({ length: 300 }, (_, i) => `key-${i}`)
    // The values are larger than the marks, and so in another slab class, from which nothing is evicted.
    const bytes = new Uint8Array(1000)
    for (const [i, name] of names.entries()) await fill(one, name, bytes, { tags: [`tag-${i}`] })
    await two.invalidate({
      keys: names.slice(0, 100),
      tags: names.slice(100).map((_, i) => `tag-${i + 100}`),
    })
    await pressOut(processes, (key) => /:t/.test(key))

    const keys = await processes.keysOf()
    assert.equal(keys.filter((key) => key.includes(':e')).length, 300, 'the values are still on the server')
    for (const process of [one, two, processes.open()]) {
      const answers = await process.read(names.map((name) => ({ name, version: VERSION, lease: false })))
      assert.deepEqual(new Set(answers.map(({ kind }) => kind)), new Set(['absent']))
    }
  })

  it('a server that evicted the marks and the leases of loads stores none of their values', async () => {
    const process = processes.open({ namespace: 'loads' })
    const names = Array.from({ length: 100 }, (_, i) => `key-${i}`)
    const tokens: string[] = []
    for (const name of names) tokens.push(await leaseOf(process, name))
    await process.invalidate({ keys: names })
    await pressOut(processes, (key) => key.startsWith('5:loads:'))
    for (const [i, name] of names.entries()) {
      assert.equal(await storeWith(process, name, tokens[i] ?? '', old), 'lost')
      assert.equal(await storedBytes(process, name), undefined)
    }
  })
})

/** Writes small items until the server has evicted all items with such keys: 40,000 at least. */
async function pressOut(processes: MemcachedProcesses, isEvicted: (key: string) => boolean): Promise<void> {
  for (let batch = 0; ; batch++) {
    const keys = Array.from({ length: 10_000 }, (_, i) => `pressure:${batch}:${i}`)
    for (const size of [0, 10, 20, 40]) {
      const value = new Uint8Array(size)
      await processes.run(keys.map((key) => ({ verb: 'ms', key: `${key}:${size}`, flags: '', value })))
    }
    if (batch > 0 && !(await processes.keysOf()).some(isEvicted)) return
  }
}

describe('a Memcached server that was restarted', { skip, timeout: 30_000 }, () => {
  let processes: MemcachedProcesses
  let one: RemoteNamespace
  let two: RemoteNamespace

  before(async () => {
    processes = await MemcachedProcesses.start()
    one = processes.open()
    two = processes.open()
  })
  after(() => processes.end())

  /** Restarts the server. Its modifications are numbered from 1 again. */
  async function restart(): Promise<void> {
    await processes.restart()
    for (const namespace of [one, two]) await until(() => isReached(namespace))
  }

  it('a server restarted during a load loses the lease, even if another has the same number', async () => {
    await restart()
    const token = await leaseOf(one, 'key')
    await restart()
    const next = await leaseOf(two, 'key')
    assert.deepEqual(numbersOf(token), numbersOf(next), 'the numbers of both leases')
    assert.equal(await one.renew({ name: 'key', version: VERSION, token }), false)
    assert.equal(await storeWith(one, 'key', token, old), 'lost')
    await one.release({ name: 'key', version: VERSION, token })
    assert.equal(await storeWith(two, 'key', next, Uint8Array.of(2)), 'stored')
    assert.deepEqual(await storedBytes(one, 'key'), Uint8Array.of(2))
  })

  it('a server restarted during a write loses it, even if another has the same numbers', async () => {
    await restart()
    const token = (await one.startWrite('key', VERSION)) ?? assert.fail('no token')
    await restart()
    const next = (await two.startWrite('key', VERSION)) ?? assert.fail('no token')
    assert.deepEqual(numbersOf(token), numbersOf(next), 'the numbers of both writes')
    assert.equal(await storeWith(one, 'key', token, old), 'lost')
    assert.equal(await storeWith(two, 'key', next, Uint8Array.of(2)), 'stored')
  })

  it('a server restarted during a refresh loses the lease, even if another has the same numbers', async () => {
    const tokens: string[] = []
    for (const process of [one, two]) {
      await restart()
      const id = await fill(process, 'key', old)
      tokens.push(await leaseOf(process, 'key', { not: id }))
    }
    const [token = '', next = ''] = tokens
    assert.deepEqual(numbersOf(token), numbersOf(next), 'the numbers of both leases')
    assert.equal(await one.renew({ name: 'key', version: VERSION, token }), false)
    assert.equal(await storeWith(one, 'key', token, Uint8Array.of(3)), 'lost')
    assert.equal(await storeWith(two, 'key', next, Uint8Array.of(2)), 'stored')
    assert.deepEqual(await storedBytes(one, 'key'), Uint8Array.of(2))
  })

  it('a server restarted after an invalidation stores nothing that was loaded before', async () => {
    const token = await leaseOf(one, 'slow')
    await two.invalidate({ keys: ['slow'] })
    await restart()
    assert.equal(await storeWith(one, 'slow', token, old), 'lost')
    assert.equal((await readOne(two, 'slow')).kind, 'lease')
  })
})

function isReached(namespace: RemoteNamespace): Promise<boolean> {
  return namespace.read([{ name: 'any', version: 'any', lease: false }]).then(
    () => true,
    () => false,
  )
}

/** The numbers in a token that the server gave. */
function numbersOf(token: string): string[] {
  return token.split('.').slice(4)
}
