/** Values returned before they are complete: which reads share them, and the value stored at completion. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Loaded, type LoadedOptions, loaded } from '../../../src/cache/lifetime.ts'
import { flush, manualLoader, mustNotLoad, resultOf, testCache } from '../../support/test-cache.ts'

type Completion = { value: unknown; bytes: number } | undefined

/** A value returned as `incomplete`, and completed by the test. */
function incompleteValue(options: LoadedOptions = {}) {
  const { promise: completed, resolve, reject } = Promise.withResolvers<Completion>()
  return {
    value: loaded<unknown>('incomplete', { ttlMs: 1000, ...options, completed }),
    complete: (value: unknown = 'complete') => resolve({ value, bytes: 5 }),
    completeTooLarge: () => resolve(undefined),
    failCompletion: () => reject(new Error('connection lost')),
  }
}

describe('an incomplete value', () => {
  it('an incomplete value is returned at once, and stored when it is complete', async () => {
    const { cache, transcript } = testCache()
    const { value, complete } = incompleteValue()
    const read = await cache.read('k', () => value)
    assert.deepEqual(read, { value: 'incomplete', outcome: 'miss', ageMs: 0, expiresInMs: 0, kept: false })
    assert.equal(cache.peek('k'), undefined)
    complete()
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'complete'])
    assert.deepEqual(transcript(), [
      '1. load: ok',
      '2. read: miss',
      '3. memory set: ok',
      '4. read: hit, memory',
    ])
  })

  it('an incomplete value is shared with later reads at its current age, and loaded once', async () => {
    const { cache, outcomes, advance } = testCache()
    const { value, complete } = incompleteValue()
    await cache.read('k', () => value)
    advance(300)
    const later = await cache.read('k', mustNotLoad)
    assert.deepEqual(later, {
      value: 'incomplete',
      outcome: 'coalesced',
      ageMs: 300,
      expiresInMs: 0,
      kept: false,
    })
    complete()
    await flush()
    await cache.read('k', mustNotLoad)
    assert.deepEqual(outcomes(), ['miss', 'coalesced', 'hit'])
  })

  it('the lifetime of an incomplete value starts when it is returned, not at completion', async () => {
    const { cache, advance } = testCache()
    const { value, complete } = incompleteValue({ ageMs: 100 })
    await cache.read('k', () => value)
    advance(400)
    complete()
    await flush()
    const kept = cache.peek('k')
    assert.deepEqual([kept?.ageMs, kept?.expiresInMs], [500, 500])
    advance(500)
    assert.equal(cache.has('k'), false)
  })

  it('a value that completes after its lifetime is not stored, and removes the older entry', async () => {
    const { cache, advance } = testCache()
    const { value, complete } = incompleteValue({ ttlMs: 10 })
    cache.write('k', 'old', { ttlMs: 1000, staleIfErrorMs: 1000 })
    await cache.read('k', () => value, { strategy: 'invalidate' })
    advance(20)
    complete()
    await flush()
    assert.equal(cache.peek('k'), undefined)
  })

  it('a completed value takes the bytes that its completion states', async () => {
    const { cache, store } = testCache()
    const { value } = incompleteValue()
    const completion = Promise.resolve({ value: 'complete', bytes: 5000 })
    await cache.read('k', () => loaded(value.value, { completed: completion }))
    await flush()
    assert.ok(store.stats().bytes >= 5000 && store.stats().bytes < 6000)
  })

  it('a completed value is stored under the key in `keep`', async () => {
    const { cache } = testCache()
    const { value, complete } = incompleteValue({ keep: 'other' })
    await cache.read('k', () => value)
    complete()
    await flush()
    assert.equal(cache.peek('k'), undefined)
    assert.equal(cache.peek('other')?.value, 'complete')
  })

  it('an incomplete value is shared under the key in `keep` too, until it is complete', async () => {
    const { cache, outcomes } = testCache()
    const { value, complete } = incompleteValue({ keep: 'other' })
    await cache.read('k', () => value)
    for (const key of ['k', 'other'])
      assert.deepEqual(await resultOf(cache.read(key, mustNotLoad)), ['coalesced', 'incomplete'])
    complete()
    await flush()
    assert.deepEqual(await resultOf(cache.read('k', () => 'next')), ['miss', 'next'])
    assert.deepEqual(await resultOf(cache.read('other', mustNotLoad)), ['hit', 'complete'])
    assert.deepEqual(outcomes(), ['miss', 'coalesced', 'coalesced', 'miss', 'hit'])
  })

  for (const key of ['k', 'other']) {
    it(`an incomplete value is shared under neither key after an invalidation of ${key}`, async () => {
      const { cache } = testCache()
      const { value, complete } = incompleteValue({ keep: 'other' })
      await cache.read('k', () => value)
      cache.delete(key)
      assert.deepEqual(await resultOf(cache.read('other', () => 'new')), ['miss', 'new'])
      complete('old')
      await flush()
      assert.equal(cache.peek('other')?.value, 'new')
    })
  }

  it('an incomplete value is not shared under the key in `keep` after an invalidation during its load', async () => {
    const { cache } = testCache()
    const db = manualLoader<Loaded<unknown>>()
    const { value } = incompleteValue({ keep: 'other' })
    const earlier = cache.read('k', db.load)
    cache.delete('k')
    db.nth(1).resolve(value)
    await earlier
    assert.deepEqual(await resultOf(cache.read('other', () => 'new')), ['miss', 'new'])
  })

  it('an incomplete value is not shared under the key in `keep` while that key has a load of its own', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const { value, complete } = incompleteValue({ keep: 'other' })
    const first = resultOf(cache.read('other', db.load))
    await cache.read('k', () => value)
    const second = resultOf(cache.read('other', mustNotLoad))
    db.nth(1).resolve('own')
    assert.deepEqual(await Promise.all([first, second]), [
      ['miss', 'own'],
      ['coalesced', 'own'],
    ])
    complete()
  })

  it('a value that turns out too large is not stored, and removes the older entry', async () => {
    const { cache, advance } = testCache()
    const { value, completeTooLarge } = incompleteValue()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    advance(20)
    await cache.read('k', () => value)
    assert.equal(cache.peek('k')?.value, 'old')
    completeTooLarge()
    await flush()
    assert.equal(cache.peek('k'), undefined)
    assert.deepEqual(await resultOf(cache.read('k', () => 'next')), ['miss', 'next'])
  })

  it('a value whose completion fails leaves the older entry, and the next read loads again', async () => {
    const { cache, advance } = testCache()
    const { value, failCompletion } = incompleteValue()
    cache.write('k', 'old', { ttlMs: 10, staleIfErrorMs: 1000 })
    advance(20)
    await cache.read('k', () => value)
    failCompletion()
    await flush()
    assert.equal(cache.peek('k')?.value, 'old')
    assert.deepEqual(await resultOf(cache.read('k', () => Promise.reject(new Error('down')))), [
      'stale',
      'old',
    ])
    advance(1000) // ends the pause after the failure
    assert.deepEqual(await resultOf(cache.read('k', () => 'next')), ['miss', 'next'])
  })

  const targets = ['key', 'many keys', 'tag', 'everything', 'write'] as const
  for (const target of targets) {
    it(`an incomplete value is neither stored nor shared with later reads after an invalidation by ${target}`, async () => {
      const { cache } = testCache()
      const first = incompleteValue({ tags: ['t'] })
      const second = incompleteValue()
      await cache.read('k', () => first.value)
      if (target === 'key') cache.delete('k')
      if (target === 'many keys') cache.deleteMany(['k'])
      if (target === 'tag') cache.invalidateTags(['t'])
      if (target === 'everything') cache.clear()
      if (target === 'write') cache.write('k', 'absent', { ttlMs: 0 })
      const later = [1, 2].map(() => resultOf(cache.read('k', () => second.value)))
      assert.deepEqual(await Promise.all(later), [
        ['miss', 'incomplete'],
        ['coalesced', 'incomplete'],
      ])
      first.complete('old')
      await flush()
      assert.equal(cache.peek('k'), undefined)
      second.complete('new')
      await flush()
      assert.equal(cache.peek('k')?.value, 'new')
    })
  }

  it('a value that completes late does not replace the value of a later load', async () => {
    const { cache } = testCache()
    const first = incompleteValue()
    await cache.read('k', () => first.value)
    await cache.read('k', () => 'later', { strategy: 'invalidate' })
    first.complete('older')
    await flush()
    assert.equal(cache.peek('k')?.value, 'later')
  })

  it('an incomplete value with share: false is not shared', async () => {
    const { cache } = testCache()
    const unshared = incompleteValue({ share: false })
    await cache.read('k', () => unshared.value)
    assert.deepEqual(await resultOf(cache.read('k', () => 'own')), ['miss', 'own'])
  })

  for (const coalesce of [true, false]) {
    it(`waitUntil gets a promise that resolves at completion (coalesce: ${coalesce})`, async () => {
      const { cache } = testCache({ coalesce })
      const { value, complete } = incompleteValue()
      const background: Promise<unknown>[] = []
      let isComplete = false
      await cache.read('k', () => value, { waitUntil: (work) => background.push(work) })
      assert.equal(background.length, 1)
      background[0]?.then(() => (isComplete = true))
      await flush()
      assert.equal(isComplete, false)
      complete()
      await Promise.all(background)
      assert.equal(cache.peek('k')?.value, 'complete')
    })

    it(`waitUntil gets no promise that rejects when the completion fails (coalesce: ${coalesce})`, async () => {
      const { cache } = testCache({ coalesce })
      const { value, failCompletion } = incompleteValue()
      const background: Promise<unknown>[] = []
      await cache.read('k', () => value, { waitUntil: (work) => background.push(work) })
      failCompletion()
      await Promise.all(background)
    })

    it(`a background refresh is not started again before its value is complete (coalesce: ${coalesce})`, async () => {
      const { cache, advance } = testCache({ coalesce })
      const db = manualLoader<Loaded<unknown>>()
      const { value, complete } = incompleteValue()
      const background: Promise<unknown>[] = []
      const options = { waitUntil: (work: Promise<unknown>) => void background.push(work) }
      cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 1000 })
      advance(20)
      assert.deepEqual(await resultOf(cache.read('k', db.load, options)), ['stale', 'old'])
      db.nth(1).resolve(value)
      await flush()
      assert.deepEqual(await resultOf(cache.read('k', db.load, options)), ['stale', 'old'])
      assert.equal(db.started, 1)
      complete()
      await Promise.all(background)
      assert.deepEqual(await resultOf(cache.read('k', mustNotLoad)), ['hit', 'complete'])
    })
  }

  it('an incomplete value is not shared with coalesce: false', async () => {
    const { cache } = testCache({ coalesce: false })
    const values = [incompleteValue(), incompleteValue()]
    const reads = values.map(({ value }) => resultOf(cache.read('k', () => value)))
    assert.deepEqual(await Promise.all(reads), [
      ['miss', 'incomplete'],
      ['miss', 'incomplete'],
    ])
    for (const [i, { complete }] of values.entries()) complete(i)
    await flush()
    assert.ok(cache.has('k'))
  })

  it('an incomplete value of a bypass is not stored', async () => {
    const { cache } = testCache()
    const { value, complete } = incompleteValue()
    assert.deepEqual(await resultOf(cache.read('k', () => value, { strategy: 'bypass' })), [
      'bypass',
      'incomplete',
    ])
    complete()
    await flush()
    assert.equal(cache.peek('k'), undefined)
  })

  it('a failed completion of a bypass causes no unhandled rejection', async () => {
    const { cache } = testCache()
    const { value, failCompletion } = incompleteValue()
    await cache.read('k', () => value, { strategy: 'bypass' })
    failCompletion()
    await new Promise((resolve) => setTimeout(resolve, 0)) // an unhandled rejection would fail the test
  })
})
