/** Plain reads: the same results and events as a read on the long way, which a retry of one attempt demands. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { httpReadsOf, type InternalReadOptions } from '../../../src/cache/http-reads.ts'
import { type LoadedOptions, loaded } from '../../../src/cache/lifetime.ts'
import type { Load, ReadOptions } from '../../../src/cache/read.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { dbError, flush, manualLoader, resultOf, testCache } from '../../support/test-cache.ts'

const ONE_ATTEMPT: ReadOptions = { retry: { attempts: 1, retryable: () => false } }

const valueLoads: Record<string, Load<unknown>> = {
  'returns a value': () => 'v',
  'resolves to an object': async () => ({ name: 'Ada' }),
  'returns null': () => null,
  'returns undefined': () => undefined,
  'throws synchronously': () => {
    throw dbError
  },
  rejects: () => Promise.reject(dbError),
  'returns a Response': () => new Response('v'),
}

const optionLoads: Record<string, LoadedOptions | (() => LoadedOptions)> = {
  'its own lifetime': { ttlMs: 5, tags: ['t'] },
  'keep: false': { keep: false },
  'another key': { keep: 'other' },
  'a key that is not valid': { keep: '' },
  'failed: true': { failed: true },
  'failed: true, which replaces no stale entry': { failed: true, noStaleFallback: true },
  'a jitter out of range': { jitter: 2 },
  'a value that is complete later': () => ({
    completed: flush().then(() => ({ value: 'complete', bytes: 8 })),
  }),
  'a value that stays incomplete': () => ({ completed: flush().then(() => undefined) }),
}

const loads: [name: string, load: Load<unknown>][] = [
  ...Object.entries(valueLoads),
  ...Object.entries(optionLoads).map(([name, options]): [string, Load<unknown>] => [
    `returns ${name}`,
    () => loaded('v', typeof options === 'function' ? options() : options),
  ]),
]

/** Reads on one way, alone and together with a second read, over nothing and over a stale entry. Returns all that can be seen. */
async function story(load: Load<unknown>, options: ReadOptions) {
  const { cache, advance, transcript, pendingTimers } = testCache()
  const results: unknown[] = []
  await cache.write('stale', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
  advance(20)
  for (const key of ['new', 'stale']) {
    const reads = [cache.read(key, load, options), cache.read(key, load, options)]
    results.push(...(await Promise.all(reads.map(resultOf))))
    results.push(await resultOf(cache.read(key, load, options)))
    await flush()
    results.push(transcript())
  }
  results.push([...cache.keys()], cache.peek('new'), cache.peek('stale'), pendingTimers())
  return results
}

describe('a plain read', () => {
  for (const [name, load] of loads) {
    it(`a plain read whose load ${name} has the results and events of any read`, async () => {
      assert.deepEqual(await story(load, {}), await story(load, ONE_ATTEMPT))
    })
  }

  it('a read that joins a plain one can leave, and its load goes on', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const leaving = new AbortController()
    const first = resultOf(cache.read('k', db.load))
    const second = resultOf(cache.read('k', db.load, { signal: leaving.signal }))
    leaving.abort(dbError)
    assert.deepEqual(await second, ['threw', dbError])
    assert.equal(db.nth(1).signal.aborted, false)
    db.nth(1).resolve('v')
    assert.deepEqual(await first, ['miss', 'v'])
  })

  it('a load that many code paths wait for counts as theirs until it ends, and no longer', async () => {
    const { cache } = testCache()
    const outer = cache.read('a', async () => {
      const inner = await cache.read('b', () => 'b')
      return `a${inner.value}`
    })
    assert.deepEqual(await resultOf(outer), ['miss', 'ab'])
    const circle = cache.read('c', () => cache.read('d', () => cache.read('c', () => 'never')))
    await assert.rejects(circle, /the load of "c" reads its own key through "d"/)
  })

  it('an eviction by its own value happens before the read is counted', async () => {
    const { cache, transcript } = testCache({ memory: memoryStore({ maxEntries: 1 }) })
    await cache.read('a', () => 'v')
    transcript()
    await cache.read('b', () => 'v')
    assert.deepEqual(transcript(), [
      '1. load: ok',
      '2. memory eviction: capacity',
      '3. memory set: ok',
      '4. read: miss',
    ])
  })
})

describe('the time limit of a plain load', () => {
  const limited: InternalReadOptions<string> = { loadTimeoutMs: 50 }

  it('ends the read, aborts the signal, and stores the late value', async () => {
    const { cache, advance, transcript, pendingTimers } = testCache()
    const reads = httpReadsOf('test', cache)
    const db = manualLoader<string>()
    const read = reads.complete(reads.find<string>('k'), db.load, limited)
    assert.equal(pendingTimers(), 1)
    advance(50)
    const result = await read
    assert.deepEqual([result.ok, result.timeout, result.loaded], [false, 'hard', true])
    assert.equal(db.nth(1).signal.reason.name, 'TimeoutError')
    assert.deepEqual(transcript(), ['1. read: error'])
    db.nth(1).resolve('late')
    await flush()
    assert.deepEqual(transcript(), ['1. load: ok', '2. memory set: ok'])
    assert.equal(reads.hit(reads.find<string>('k'))?.value, 'late')
    assert.equal(pendingTimers(), 0)
  })

  it('cancels its timer when the load ends in time', async () => {
    const { cache, pendingTimers } = testCache()
    const reads = httpReadsOf('test', cache)
    const result = await reads.complete(reads.find<string>('k'), () => 'v', limited)
    assert.equal(result.ok && result.read.value, 'v')
    assert.equal(pendingTimers(), 0)
  })
})
