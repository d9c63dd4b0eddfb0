/** Audits of hits, with a variable as the clock. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { DeadlineError } from '../../../src/cache/loading/deadline-error.ts'
import { dbError, flush, manualLoader, testCache } from '../../support/test-cache.ts'

type AuditEvent = CacheEvent & { type: 'audit' }

/** A cache that audits every hit, and a source whose value a test changes. */
function audited(options: CacheOptions = {}) {
  const test = testCache({ audit: { share: 1, maxPerSecond: Infinity }, ...options })
  const source = { value: 'old' as unknown, calls: 0 }
  const load = async () => {
    source.calls++
    return source.value
  }
  const audits = () => test.events.filter((event): event is AuditEvent => event.type === 'audit')
  return {
    ...test,
    source,
    load,
    audits,
    results: () => audits().map(({ result }) => result),
    /** Lets the audits that have started end, grace included. */
    async settle() {
      for (let i = 0; i < 3; i++) {
        await flush()
        test.advance(100)
      }
      await flush()
    },
  }
}

describe('an audit', () => {
  it('finds the same value, and is no read, no load and no operation of a tier', async () => {
    const { cache, load, settle, transcript, source } = audited()
    await cache.read('k', load)
    transcript()
    await cache.read('k', load)
    await settle()
    assert.deepEqual(transcript(), ['1. read: hit, memory', '2. audit: same'])
    assert.equal(source.calls, 2)
  })

  it('finds a difference with the age of the value when it was served, and stores nothing', async () => {
    const { cache, load, settle, source, audits, advance } = audited()
    await cache.read('k', load)
    source.value = 'new'
    advance(30_000)
    assert.equal((await cache.read('k', load)).value, 'old')
    await settle()
    assert.deepEqual(audits(), [{ type: 'audit', cache: 'hitrate', result: 'different', ageMs: 30_000 }])
    assert.equal(cache.peek('k')?.value, 'old')
    assert.equal(cache.peek('k')?.ageMs, 30_300)
  })

  it('calls the loader only after the reader has its value', async () => {
    const { cache, load, source, advance } = audited()
    await cache.read('k', load)
    await cache.read('k', load)
    await flush()
    assert.equal(source.calls, 1)
    advance(0)
    await flush()
    assert.equal(source.calls, 2)
  })

  it('does not share its load, and a reader that needs one starts its own', async () => {
    const { cache, advance, settle, results } = audited()
    const db = manualLoader<string>()
    const first = cache.read('k', db.load)
    db.nth(1).resolve('a')
    await first
    await cache.read('k', db.load)
    advance(0)
    await flush()
    assert.equal(db.nth(2).background, true)
    const other = cache.read('k', db.load, { strategy: 'invalidate' })
    await flush()
    assert.equal(db.started, 3)
    db.nth(3).resolve('b')
    assert.equal((await other).value, 'b')
    db.nth(2).resolve('a')
    await settle()
    assert.deepEqual(results(), []) // the value was replaced meanwhile
    assert.equal(cache.peek('k')?.value, 'b')
  })

  it('of a failing load is failed, and its error is in the event only', async () => {
    const { cache, load, settle, audits } = audited()
    await cache.read('k', load)
    const hit = await cache.read('k', () => Promise.reject(dbError))
    assert.equal(hit.value, 'old')
    await settle()
    const thrown = () => {
      throw dbError
    }
    await cache.read('k', thrown)
    await settle()
    await cache.read('k', () => loaded('x', { failed: true }))
    await settle()
    await cache.read('k', () => undefined)
    await settle()
    assert.deepEqual(
      audits().map(({ result, error }) => [result, String(error)]),
      [
        ['failed', String(dbError)],
        ['failed', String(dbError)],
        ['failed', 'Error: cache hitrate: the load returned a failure'],
        [
          'failed',
          'TypeError: cache hitrate: the load of "k" returned undefined, which is not stored; return null for a value that does not exist',
        ],
      ],
    )
  })

  it('fails after the hard timeout of the read, and aborts the signal of its load', async () => {
    const { cache, load, advance, audits } = audited()
    await cache.read('k', load)
    const db = manualLoader<string>()
    await cache.read('k', db.load, { hardTimeoutMs: 500 })
    advance(0)
    await flush()
    advance(499)
    await flush()
    assert.equal(db.nth(1).signal.aborted, false)
    advance(1)
    await flush()
    assert.equal(db.nth(1).signal.aborted, true)
    advance(100)
    await flush()
    assert.equal(audits()[0]?.result, 'failed')
    assert.ok(audits()[0]?.error instanceof DeadlineError)
    db.nth(1).reject(dbError) // no unhandled rejection
    await flush()
  })

  it('ends after 30 s without a timeout of the read', async () => {
    const { cache, load, advance, results } = audited()
    await cache.read('k', load)
    await cache.read('k', () => new Promise(() => {}))
    advance(0)
    await flush()
    advance(30_000)
    await flush()
    advance(100)
    await flush()
    assert.deepEqual(results(), ['failed'])
  })

  it('is handed to waitUntil, and a waitUntil that throws does not fail the read', async () => {
    const { cache, load, settle, results } = audited()
    await cache.read('k', load)
    const works: Promise<unknown>[] = []
    await cache.read('k', load, { waitUntil: (work) => works.push(work) })
    assert.equal(works.length, 1)
    await settle()
    await works[0]
    const throwing = () => {
      throw new Error('too late')
    }
    assert.equal((await cache.read('k', load, { waitUntil: throwing })).outcome, 'hit')
    await settle()
    assert.deepEqual(results(), ['same', 'same'])
  })

  it('may read keys that the code around the hit loads', async () => {
    const { cache, settle, results } = audited()
    await cache.read('inner', () => 1)
    // The load of `outer` gets a hit of `inner`, whose audit reads `outer` while that load runs.
    await cache.read('outer', async () => {
      const { value } = await cache.read('inner', async () => (await cache.read('outer', () => 1)).value)
      await settle()
      return value
    })
    await settle()
    assert.deepEqual(results(), ['same'])
  })
})

describe('a change between the hit and the end of the audit', () => {
  const changes: Record<string, (test: ReturnType<typeof audited>) => unknown> = {
    'an invalidation of the key': ({ cache }) => cache.delete('k'),
    'an invalidation of many keys': ({ cache }) =>
      cache.deleteMany(['k', ...Array.from({ length: 300 }, (_, i) => `other ${i}`)]),
    'an invalidation of a tag': ({ cache }) => cache.invalidateTags(['t']),
    'a clear': ({ cache }) => cache.clear(),
    'a write': ({ cache }) => cache.write('k', 'new'),
    'a load by another reader': ({ cache }) => cache.read('k', () => 'newer', { strategy: 'invalidate' }),
    'an expiry of the key': ({ cache }) => cache.expire('k'),
    'an expiry of a tag': ({ cache }) => cache.expireTags(['t']),
    'an expiry of everything': ({ cache }) => cache.expireAll(),
  }
  for (const [name, change] of Object.entries(changes)) {
    for (const when of ['before the load', 'during the load', 'in the time of grace'] as const) {
      it(`${name} ${when} makes it void`, async () => {
        const test = audited()
        const { cache, load, advance, settle, results, source } = test
        await cache.read('k', load, { tags: ['t'], staleWhileRevalidateMs: 1000 })
        source.value = 'new'
        const db = manualLoader<unknown>()
        await cache.read('k', db.load)
        if (when === 'before the load') await change(test)
        advance(0)
        await flush()
        if (when === 'during the load') await change(test)
        db.nth(1).resolve('new')
        await flush()
        advance(99)
        if (when === 'in the time of grace') await change(test)
        await settle()
        assert.deepEqual(results(), [])
      })
    }
  }

  it('a change of another key or tag does not', async () => {
    const { cache, load, settle, results, source } = audited()
    await cache.read('k', load, { tags: ['t'] })
    source.value = 'new'
    await cache.read('k', load)
    await cache.delete('other')
    await cache.write('another', 1)
    await cache.invalidateTags(['u'])
    await cache.expireTags(['u'])
    await settle()
    assert.deepEqual(results(), ['different'])
  })

  it('an eviction does not', async () => {
    const { cache, load, settle, results, source, store } = audited()
    await cache.read('k', load)
    source.value = 'new'
    await cache.read('k', load)
    store.delete('k')
    await settle()
    assert.deepEqual(results(), ['different'])
  })

  it('without a time of grace, a difference counts at once', async () => {
    const { cache, load, advance, results, source } = audited({ audit: { share: 1, graceMs: 0 } })
    await cache.read('k', load)
    source.value = 'new'
    await cache.read('k', load)
    for (let i = 0; i < 3; i++) {
      advance(0)
      await flush()
    }
    assert.deepEqual(results(), ['different'])
  })
})

describe('the hits that are audited', () => {
  it('are those of read, readMany, an entity and a wrapped function', async () => {
    const { cache, settle, results } = audited()
    const schema = z.object({ n: z.number() })
    const one = cache.entity({ name: 'one', schema, load: () => ({ n: 1 }) })
    const many = cache.entity({
      name: 'many',
      schema,
      load: () => ({ n: 1 }),
      loadMany: (ids: readonly string[]) => new Map(ids.map((id) => [id, { n: 1 }])),
    })
    const wrapped = cache.wrap((n: number) => n + 1, { name: 'wrapped' })
    const reads: (() => Promise<unknown>)[] = [
      () => cache.readMany(['a', 'b'], (keys) => keys.map((key) => [key, key] as const)),
      () => one.get('x'),
      () => many.getMany(['x', 'y']),
      () => wrapped(1),
    ]
    for (const read of reads) await read()
    assert.deepEqual(results(), [])
    const counts: number[] = []
    for (const read of reads) {
      await read()
      await settle()
      counts.push(results().length)
    }
    assert.deepEqual(counts, [2, 3, 5, 6])
    assert.deepEqual(new Set(results()), new Set(['same']))
  })

  it('of readMany load only their own key, and a key without a value is different', async () => {
    const { cache, settle, results } = audited()
    const calls: string[][] = []
    let missing: string | undefined
    const loadMany = (keys: readonly string[]) => {
      calls.push([...keys])
      return keys.filter((key) => key !== missing).map((key) => [key, null] as const)
    }
    await cache.readMany(['a', 'b'], loadMany)
    missing = 'b'
    await cache.readMany(['a', 'b'], loadMany)
    await settle()
    assert.deepEqual(calls, [['a', 'b'], ['a'], ['b']])
    assert.deepEqual(results().sort(), ['different', 'same'])
  })

  it('are no stale hits, no early refreshes, and no reads without a load', async () => {
    const { cache, load, settle, results, advance } = audited({ random: () => 0.5, earlyRefresh: 1 })
    await cache.read('k', load, { ttlMs: 1000, staleWhileRevalidateMs: 1000 })
    assert.equal(await cache.get('k'), 'old')
    assert.equal(cache.lookup('k')?.value, 'old')
    assert.equal((await cache.read('k', load, { strategy: 'fresh' })).value, 'old')
    advance(1000)
    assert.equal((await cache.read('k', load, { staleWhileRevalidateMs: 1000 })).outcome, 'stale')
    await settle()
    assert.deepEqual(results(), [])
  })

  it('a read can exclude itself, and compare its values', async () => {
    const { cache, settle, results, source, load } = audited()
    await cache.read('k', load)
    source.value = 'new'
    await cache.read('k', load, { audit: false })
    await settle()
    assert.deepEqual(results(), [])
    const compared: unknown[] = []
    await cache.read('k', load, { audit: (...values) => compared.push(values) > 0 })
    await settle()
    assert.deepEqual(results(), ['same'])
    assert.deepEqual(compared, [['old', 'new', 'k']])
  })

  it('of a disabled cache are none', async () => {
    const { cache, settle, events, load } = audited({ enabled: false })
    for (let i = 0; i < 3; i++) await cache.read('k', load)
    await settle()
    assert.deepEqual(
      events.filter(({ type }) => type === 'audit'),
      [],
    )
  })
})

describe('a compare function', () => {
  for (const result of [undefined, 1, 'yes']) {
    it(`that returns ${result} fails the audit, which names it`, async () => {
      const { cache, load, settle, audits } = audited()
      const audit = (() => result) as unknown as () => boolean
      await cache.read('k', load)
      await cache.read('k', load, { audit })
      await settle()
      assert.equal(audits()[0]?.result, 'failed')
      assert.match(String(audits()[0]?.error), /the result of the compare function must be a boolean, got/)
    })
  }

  it('that rejects fails the audit', async () => {
    const { cache, load, settle, results } = audited()
    const audit = (() => Promise.reject(dbError)) as unknown as () => boolean
    await cache.read('k', load)
    await cache.read('k', load, { audit })
    await settle()
    assert.deepEqual(results(), ['failed'])
  })
})

describe('the share', () => {
  it('is met by independent choices, also of periodic traffic', async () => {
    const share = 0.1
    const period = 10
    let seed = 1
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const { cache, settle, results } = audited({
      audit: { share, maxConcurrent: 10, maxPerSecond: 1000 },
      random,
    })
    const ofKey = new Map<string, number>()
    const load = (key: string) => () => {
      ofKey.set(key, (ofKey.get(key) ?? -1) + 1)
      return key
    }
    for (let i = 0; i < 10_000 + period; i++) {
      const key = `k${i % period}`
      await cache.read(key, load(key), { ttlMs: Infinity })
      if (i % 10 === 9) await settle()
    }
    await settle()
    // The standard deviation is 30, and 9.5 for one key.
    assert.ok(Math.abs(results().length - 1000) < 120, `${results().length}`)
    for (const [key, count] of ofKey) assert.ok(Math.abs(count - 100) < 40, `${key} ${count}`)
  })

  it('is bounded per second and by the number of audits that run', async () => {
    const { cache, load, advance, settle, results } = audited({
      audit: { share: 1, maxPerSecond: 3, maxConcurrent: 2 },
    })
    await cache.read('k', load)
    const db = manualLoader<unknown>()
    for (let i = 0; i < 5; i++) await cache.read('k', db.load)
    advance(0)
    await flush()
    assert.equal(db.started, 2)
    db.nth(1).resolve('old')
    await flush()
    for (let i = 0; i < 5; i++) await cache.read('k', db.load)
    advance(0)
    await flush()
    assert.equal(db.started, 3)
    db.nth(2).resolve('old')
    db.nth(3).resolve('old')
    await settle()
    assert.equal(results().length, 3)
  })

  it('below one per second is met too', async () => {
    const { cache, load, settle, results, advance } = audited({ audit: { share: 1, maxPerSecond: 0.2 } })
    await cache.read('k', load, { ttlMs: Infinity })
    for (let i = 0; i < 24; i++) {
      await cache.read('k', load)
      await settle()
      advance(700) // with settle, half a second of the timer
    }
    assert.equal(results().length, 3) // at 0, 5 and 10 s
  })

  it('may be too small for any hit to be chosen', async () => {
    const { cache, load, settle, results } = audited({ audit: { share: 1e-18 } })
    await cache.read('k', load, { ttlMs: Infinity })
    for (let i = 0; i < 100; i++) await cache.read('k', load)
    await settle()
    assert.deepEqual(results(), [])
  })

  it('starts again in the next second', async () => {
    const { cache, load, settle, results, advance } = audited({ audit: { share: 1, maxPerSecond: 2 } })
    await cache.read('k', load, { ttlMs: Infinity })
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 4; i++) {
        await cache.read('k', load)
        await flush()
        advance(0)
        await flush()
      }
      assert.equal(results().length, 2 * (second + 1))
      advance(2000) // the timer of the test runs at half the speed of the clock
    }
    await settle()
  })
})

describe('reads with audits', () => {
  it('have the same results, events and entries as without', async () => {
    const operation = fc.constantFrom(
      'read',
      'read',
      'read',
      'many',
      'write',
      'delete',
      'advance',
      'change',
      'fail',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const run = async (audit: number) => {
          const test = audited({ audit: { share: audit, maxConcurrent: 100, maxPerSecond: 1000 } })
          const { cache, source, settle, events } = test
          const seen: unknown[] = []
          let isFailing = false
          const load = () => (isFailing ? Promise.reject(dbError) : source.value)
          for (const [i, one] of operations.entries()) {
            if (one === 'read') {
              const { value, outcome, ageMs, kept } = await cache
                .read('a', load, { ttlMs: 500, staleIfErrorMs: 100 })
                .catch((error: unknown) => ({ value: error, outcome: 'threw', ageMs: 0, kept: false }))
              seen.push([value, outcome, ageMs, kept])
            } else if (one === 'many') {
              const reads = await cache
                .readMany(['a', 'b'], async (keys) =>
                  Promise.all(keys.map(async (key) => [key, await load()] as const)),
                )
                .catch(() => new Map())
              seen.push([...reads].map(([key, { value, outcome }]) => [key, value, outcome]))
            } else if (one === 'write') await cache.write('a', i, { ttlMs: 500 })
            else if (one === 'delete') await cache.delete('a')
            else if (one === 'advance') await settle()
            else if (one === 'change') source.value = i
            else isFailing = !isFailing
          }
          await settle()
          return { seen, events: events.filter(({ type }) => type !== 'audit'), stored: cache.peek('a') }
        }
        assert.deepEqual(await run(1), await run(0))
      }),
      { numRuns: 150 },
    )
  })
})
