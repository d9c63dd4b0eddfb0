/** `get` and `getMany`: values from every tier, without a load. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { processes } from '../../support/shared-tier/processes.ts'
import { flush, manualLoader, testCache } from '../../support/test-cache.ts'

describe('get', () => {
  it('returns the value of a fresh entry, and counts a hit', async () => {
    const { cache, outcomes } = testCache()
    for (const value of ['v', 0, false, '', null]) {
      await cache.write('k', value)
      assert.equal(await cache.get('k'), value)
    }
    assert.deepEqual(outcomes(), Array(5).fill('hit'))
  })

  it('returns undefined for a missing, an expired and an invalidated entry, and counts a miss', async () => {
    const { cache, advance, outcomes } = testCache()
    assert.equal(await cache.get('missing'), undefined)
    await cache.write('expired', 1, { ttlMs: 10, staleIfErrorMs: 50, keepStaleMs: 50 })
    await cache.write('deleted', 1)
    await cache.write('tagged', 1, { tags: ['t'] })
    await cache.delete('deleted')
    await cache.invalidateTags(['t'])
    advance(10)
    for (const key of ['expired', 'deleted', 'tagged']) assert.equal(await cache.get(key), undefined)
    assert.deepEqual(outcomes(), Array(4).fill('miss'))
  })

  it('returns a value that may be served stale, starts no refresh, and counts stale', async () => {
    const { cache, advance, transcript } = testCache()
    await cache.write('k', 1, { ttlMs: 10, staleWhileRevalidateMs: 20, keepStaleMs: 50 })
    advance(15)
    transcript()
    assert.equal(await cache.get('k'), 1)
    assert.deepEqual(transcript(), ['1. read: stale, memory'])
    advance(20)
    assert.equal(await cache.get('k'), undefined)
    assert.equal(await cache.get('k', { maxStaleMs: 30 }), 1)
  })

  it('meets the demands of its options', async () => {
    const { cache, advance } = testCache()
    await cache.write('k', 1, { ttlMs: 100 })
    advance(60)
    assert.equal(await cache.get('k', { maxAgeMs: 60, minFreshMs: 40 }), 1)
    assert.equal(await cache.get('k', { maxAgeMs: 59 }), undefined)
    assert.equal(await cache.get('k', { minFreshMs: 41 }), undefined)
  })

  it('does not wait for a load in flight', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const read = cache.read('k', db.load)
    assert.equal(await cache.get('k'), undefined)
    db.nth(1).resolve('v')
    await read
    assert.equal(await cache.get('k'), 'v')
  })

  it('works without shared promises, as on Workers', async () => {
    const { cache } = testCache({ coalesce: false })
    await cache.write('k', 1)
    assert.deepEqual(await Promise.all([cache.get('k'), cache.get('k'), cache.get('x')]), [1, 1, undefined])
  })

  it('of a disabled cache returns undefined and counts a bypass', async () => {
    const { cache, outcomes } = testCache({ enabled: false })
    assert.equal(await cache.get('k'), undefined)
    assert.deepEqual(await cache.getMany(['a', 'b']), [undefined, undefined])
    assert.deepEqual(outcomes(), ['bypass', 'bypass', 'bypass'])
  })

  it('rejects for a key or an option that is not valid, and counts nothing', async () => {
    const { cache, outcomes } = testCache()
    for (const key of ['', 'x'.repeat(8193), 7 as never, undefined as never]) {
      await assert.rejects(cache.get(key), {
        name: 'TypeError',
        message: /a key must be a string of 1 to 8192/,
      })
      await assert.rejects(cache.getMany(['a', key]), TypeError)
    }
    const misspelt = { maxAge: 5 } as object
    await assert.rejects(cache.get('k', misspelt), {
      message: 'cache.get: unknown option "maxAge"; did you mean "maxAgeMs"?',
    })
    await assert.rejects(cache.getMany(['k'], { maxAgeMs: '5' } as never), {
      message: 'cache.getMany: maxAgeMs must be a number of milliseconds, got "5"',
    })
    await assert.rejects(cache.getMany('abc' as never), {
      message: 'cache.getMany: keys must be an array, got "abc"',
    })
    await flush()
    assert.equal(outcomes().length, 4) // the reads of `a`
  })

  it('takes no option of a load from the cache', async () => {
    const { cache, pendingTimers } = testCache({ hardTimeoutMs: 50, ttlMs: 10, failurePauseMs: 5 })
    assert.equal(await cache.get('k'), undefined)
    assert.equal(pendingTimers(), 0)
  })
})

describe('get with a remote tier', () => {
  const stale = { ttlMs: 10_000, staleWhileRevalidateMs: 5000, tags: ['row'] }
  const outcomesOf = ({ events }: ReturnType<typeof processes>) =>
    events.flatMap((event) => (event.type === 'read' ? [`${event.outcome} ${event.tier}`] : []))

  it('returns a value that another process stored, then has it in memory', async () => {
    const all = processes()
    await all.process().write('row', { v: 7 }, stale)
    const two = all.process()
    assert.deepEqual(await two.get('row'), { v: 7 })
    assert.deepEqual(await two.get('row'), { v: 7 })
    assert.equal(await two.get('other'), undefined)
    assert.deepEqual(outcomesOf(all), ['hit remote', 'hit memory', 'miss undefined'])
  })

  it('returns a stale value of the remote tier as it would from memory', async () => {
    const all = processes()
    await all.process().write('row', 7, stale)
    all.clock.advance(12_000)
    const two = all.process()
    assert.equal(await two.get('row'), 7)
    assert.equal(await two.get('row'), 7)
    assert.deepEqual(outcomesOf(all), ['stale remote', 'stale memory'])
    all.clock.advance(3000)
    assert.equal(await all.process().get('row'), undefined)
  })

  it('returns nothing that another process has invalidated', async () => {
    const { process, pass } = processes()
    const [one, two] = [process(), process()]
    await one.write('row', 7, stale)
    await one.write('tagged', 7, stale)
    assert.deepEqual(await two.getMany(['row', 'tagged']), [7, 7])
    await one.delete('row')
    await one.invalidateTags(['row'])
    await pass(1500)
    assert.deepEqual(await two.getMany(['row', 'tagged']), [undefined, undefined])
    assert.deepEqual(await process().getMany(['row', 'tagged']), [undefined, undefined])
  })

  it('asks for many keys in one request, and returns the values in the order of the keys', async () => {
    const all = processes()
    const { process, remote } = all
    const one = process()
    for (const key of ['a', 'b', 'c']) await one.write(key, key.toUpperCase())
    const two = process()
    await two.get('b')
    const before = remote.operations.length
    assert.deepEqual(await two.getMany(['c', 'x', 'a', 'b', 'c']), ['C', undefined, 'A', 'B', 'C'])
    assert.equal(remote.operations.slice(before).filter((operation) => operation === 'read').length, 1)
    assert.deepEqual(outcomesOf(all).slice(1).sort(), [
      'hit memory',
      'hit remote',
      'hit remote',
      'miss undefined',
    ])
  })

  it('returns undefined and counts an error when the remote tier fails', async () => {
    const all = processes({
      store: {
        before(operation) {
          if (operation === 'read') throw new Error('no connection')
        },
      },
    })
    assert.equal(await all.process().get('row'), undefined)
    assert.deepEqual(outcomesOf(all), ['error undefined'])
  })

  it('decodes a value with the codec it was stored with', async () => {
    const { process } = processes()
    const codec = {
      encode: (value: Date) => new TextEncoder().encode(value.toISOString()),
      decode: (bytes: Uint8Array) => new Date(new TextDecoder().decode(bytes)),
    }
    await process().write('at', new Date(5), { codec })
    assert.deepEqual(await process().get('at', { codec }), new Date(5))
  })
})
