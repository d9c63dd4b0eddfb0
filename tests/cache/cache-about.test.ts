/** For whom the cache was asked: what its events tell of a request. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CacheEvent } from '../../src/cache/events.ts'
import { flush, internalLookup, internalRead, resultOf, source, testCache } from '../support/test-cache.ts'

const about = { method: 'GET', route: '/users/:id' }

/** What the events say of it, in order. */
function said(events: readonly CacheEvent[]): unknown[] {
  return events.flatMap((event) => {
    if (event.type !== 'read' && event.type !== 'load' && event.type !== 'warning') return []
    return [[event.type, event.method, event.route]]
  })
}

const told = (...types: string[]) => types.map((type) => [type, about.method, about.route])

describe('about', () => {
  test('is in the events of a read and of its load', async () => {
    const { cache, events } = testCache()
    await internalRead(cache, 'k', () => 'v', { about })
    assert.deepEqual(said(events), told('load', 'read'))
  })

  test('is in the events of hits, however they come', async () => {
    const { cache, events } = testCache()
    cache.write('k', 'v')
    internalLookup(cache, 'k', undefined, about)
    await internalRead(cache, 'k', () => 'v', { about })
    assert.deepEqual(said(events), told('read', 'read'))
  })

  test('is in the events of a stale answer and of the refresh behind it', async () => {
    const { cache, events, pass } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    pass(20)
    await internalRead(cache, 'k', () => 'new', { about })
    await flush()
    assert.deepEqual(said(events).sort(), told('load', 'read'))
  })

  test('is in the events of what fails, of each try', async () => {
    const { cache, events, pass } = testCache()
    const fails = () => Promise.reject(new Error('down'))
    const read = resultOf(
      internalRead(cache, 'k', fails, { about, retry: { attempts: 2, retryable: () => true } }),
    )
    await flush()
    pass(100)
    await read
    assert.deepEqual(said(events), told('load', 'load', 'read'))
  })

  test('is in the events of a bypass', async () => {
    const { cache, events } = testCache()
    await cache.pass(async () => {}, about)
    await assert.rejects(cache.pass(() => Promise.reject(new Error('down')), about))
    await internalRead(cache, 'k', () => 'v', { strategy: 'bypass', about })
    assert.deepEqual(said(events), told('read', 'read', 'load', 'read'))
  })

  test('is each reader’s own; a load’s is that of who began it', async () => {
    const { cache, events } = testCache()
    const db = source<string>()
    const reads = ['GET', 'HEAD'].map((method) =>
      internalRead(cache, 'k', db.load, { about: { ...about, method } }),
    )
    db.nth(1).answer('v')
    await Promise.all(reads)
    assert.deepEqual(said(events), [
      ['load', 'GET', '/users/:id'],
      ['read', 'GET', '/users/:id'],
      ['read', 'HEAD', '/users/:id'],
    ])
  })

  test('is in no event where nobody says it', async () => {
    const { cache, events } = testCache()
    await cache.read('k', () => 'v')
    cache.lookup('k')
    await cache.pass(async () => {})
    for (const event of events) assert.ok(!('method' in event) && !('route' in event), event.type)
    assert.equal(events.filter(({ type }) => type === 'read').length, 3)
  })

  test('is what a warning is for', () => {
    const { cache, events } = testCache({ name: 'users' })
    cache.warn('depends-on-cookie', about)
    assert.deepEqual(events, [{ type: 'warning', cache: 'users', warning: 'depends-on-cookie', ...about }])
  })
})
