/** Audits of hits in the shared tier, and of values that another process changes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { processes } from '../../support/shared-tier/processes.ts'

const cache = { audit: { share: 1, maxPerSecond: 1000 } }

function audited(options: Parameters<typeof processes>[0] = {}) {
  const test = processes({ ...options, cache: { ...cache, ...options.cache } })
  const results = () =>
    test.events.flatMap((event) => (event.type === 'audit' ? [[event.result, event.ageMs]] : []))
  /** A read whose audit goes on. */
  async function hit(one: Cache): Promise<[number, string, string | undefined]> {
    const { value, outcome, tier } = await one.read('row', test.load)
    return [value, outcome, tier]
  }
  return { ...test, results, hit }
}

describe('an audit of a hit in the shared tier', () => {
  it('compares a value that another process has loaded, and writes nothing', async () => {
    const { start, read, hit, pass, results, database, process, operations } = audited()
    const [one] = await start(1)
    assert.ok(one)
    await read(one)
    const cold = process()
    await pass(1000)
    operations()
    assert.deepEqual(await hit(cold), [1, 'hit', 'remote'])
    await pass(200)
    assert.deepEqual(results(), [['same', 1000]])
    assert.deepEqual(operations(), ['get hit'])
    assert.equal(database.loads, 2)
    database.value = 2
    const colder = process()
    await pass(1000)
    assert.deepEqual(await hit(colder), [1, 'hit', 'remote'])
    await pass(200)
    assert.deepEqual(results().at(-1), ['different', 2200])
  })

  it('works without a memory tier', async () => {
    const { start, read, hit, pass, results, database } = audited({ memory: false })
    const [one] = await start(1)
    assert.ok(one)
    await read(one)
    database.value = 2
    assert.deepEqual(await hit(one), [1, 'hit', 'remote'])
    await pass(200)
    assert.deepEqual(results(), [['different', 0]])
  })

  it('is void if its tag is invalidated meanwhile, also without a memory tier', async () => {
    const { start, read, hit, pass, results, database } = audited({ memory: false })
    const [one] = await start(1)
    assert.ok(one)
    await read(one)
    await hit(one)
    database.value = 2
    await one.invalidateTags(['row'])
    await pass(200)
    assert.deepEqual(results(), [])
  })

  it('a value that the read may not serve, or that is stale, is not audited', async () => {
    const { start, read, pass, results, process, load } = audited({
      loaded: { ttlMs: 1000, staleWhileRevalidateMs: 60_000 },
    })
    const [one] = await start(1)
    assert.ok(one)
    await read(one)
    await pass(2000)
    await process().read('row', load, { strategy: 'fresh' })
    await process().get('row')
    await pass(200)
    assert.deepEqual(results(), [])
  })
})

describe('a value that another process changes', () => {
  it('is void if its message arrives within the time of grace', async () => {
    const { start, read, hit, pass, results, database, remote } = audited({ store: { delivery: 'manual' } })
    const [one, two] = await start(2)
    assert.ok(one && two)
    await read(one)
    await hit(two)
    await pass(200)
    const before = results().length
    database.value = 2
    await hit(two)
    await pass(0)
    void one.delete('row')
    await pass(50)
    remote.deliver()
    await pass(200)
    assert.equal(results().length, before)
  })

  it('is different if it does not invalidate', async () => {
    const { start, read, hit, pass, results, database } = audited()
    const [one] = await start(1)
    assert.ok(one)
    await read(one)
    await pass(5000)
    database.value = 2
    await hit(one)
    await pass(200)
    assert.deepEqual(results(), [['different', 5000]])
  })
})
