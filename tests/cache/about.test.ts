/** `about`: the method and route of the request, in the events of its reads and loads. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CacheEvent } from '../../src/cache/events.ts'
import {
  flush,
  internalLookup,
  internalRead,
  manualLoader,
  resultOf,
  testCache,
} from '../support/test-cache.ts'

const about = { method: 'GET', route: '/users/:id' }

/** The type, method and route of each event, in order. */
function requestsOf(events: readonly CacheEvent[]): unknown[] {
  return events.flatMap((event) => {
    if (event.type !== 'read' && event.type !== 'load' && event.type !== 'warning') return []
    return [[event.type, event.method, event.route]]
  })
}

const withAbout = (...types: string[]) => types.map((type) => [type, about.method, about.route])

describe('about', () => {
  it('about is in the events of a read and of its load', async () => {
    const { cache, events } = testCache()
    await internalRead(cache, 'k', () => 'v', { about })
    assert.deepEqual(requestsOf(events), withAbout('load', 'read'))
  })

  it('about is in the events of hits, by look-up and by read', async () => {
    const { cache, events } = testCache()
    cache.write('k', 'v')
    internalLookup(cache, 'k', undefined, about)
    await internalRead(cache, 'k', () => 'v', { about })
    assert.deepEqual(requestsOf(events), withAbout('read', 'read'))
  })

  it('about is in the events of a stale read and of its background refresh', async () => {
    const { cache, events, advance } = testCache()
    cache.write('k', 'old', { ttlMs: 10, staleWhileRevalidateMs: 100 })
    advance(20)
    await internalRead(cache, 'k', () => 'new', { about })
    await flush()
    assert.deepEqual(requestsOf(events).sort(), withAbout('load', 'read'))
  })

  it('about is in the events of each failed attempt of a load', async () => {
    const { cache, events, advance } = testCache()
    const fails = () => Promise.reject(new Error('down'))
    const read = resultOf(
      internalRead(cache, 'k', fails, { about, retry: { attempts: 2, retryable: () => true } }),
    )
    await flush()
    advance(100)
    await read
    assert.deepEqual(requestsOf(events), withAbout('load', 'load', 'read'))
  })

  it('about is in the events of a bypass', async () => {
    const { cache, events } = testCache()
    await cache.pass(async () => {}, about)
    await assert.rejects(cache.pass(() => Promise.reject(new Error('down')), about))
    await internalRead(cache, 'k', () => 'v', { strategy: 'bypass', about })
    assert.deepEqual(requestsOf(events), withAbout('read', 'read', 'load', 'read'))
  })

  it('about belongs to each read, and to the load of the read that started it', async () => {
    const { cache, events } = testCache()
    const db = manualLoader<string>()
    const reads = ['GET', 'HEAD'].map((method) =>
      internalRead(cache, 'k', db.load, { about: { ...about, method } }),
    )
    db.nth(1).resolve('v')
    await Promise.all(reads)
    assert.deepEqual(requestsOf(events), [
      ['load', 'GET', '/users/:id'],
      ['read', 'GET', '/users/:id'],
      ['read', 'HEAD', '/users/:id'],
    ])
  })

  it('about is in no event when none is given', async () => {
    const { cache, events } = testCache()
    await cache.read('k', () => 'v')
    cache.lookup('k')
    await cache.pass(async () => {})
    for (const event of events) assert.ok(!('method' in event) && !('route' in event), event.type)
    assert.equal(events.filter(({ type }) => type === 'read').length, 3)
  })

  it('about is in a warning', () => {
    const { cache, events } = testCache({ name: 'users' })
    cache.warn('depends-on-cookie', about)
    assert.deepEqual(events, [{ type: 'warning', cache: 'users', warning: 'depends-on-cookie', ...about }])
  })
})
