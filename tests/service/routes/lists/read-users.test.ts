import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../../src/cache/create-cache.ts'
import type { Outcome } from '../../../../src/cache/events.ts'
import type { Schedule } from '../../../../src/cache/timing/schedule.ts'
import { errorHandler, type FailedRequest } from '../../../../src/service/routes/error-handler.ts'
import { readUsers } from '../../../../src/service/routes/lists/read-users.ts'
import { inMemoryRepository } from '../../../../src/service/users/in-memory.ts'
import { RepositoryError } from '../../../../src/service/users/repository.ts'
import { memoryStore } from '../../../../src/stores/memory/store.ts'

const users = ['a', 'b', 'c'].map((id) => ({ id, name: id, email: `${id}@example.com` }))

function open({ coalesce = true, enabled = true } = {}) {
  const clock = { ms: 1_000_000 }
  const outcomes: Outcome[] = []
  const failures: FailedRequest[] = []
  const timers: (() => void)[] = []
  const repository = inMemoryRepository(users)
  const schedule = ((run: () => void) => {
    timers.push(run)
    return () => {}
  }) as unknown as Schedule
  const cache = createCache({
    memory: memoryStore(),
    coalesce,
    enabled,
    now: () => clock.ms,
    schedule,
    onEvent: (event) => void (event.type === 'read' && outcomes.push(event.outcome)),
  })
  const app = new Hono()
  const onFailure = (_: unknown, request: FailedRequest) => void failures.push(request)
  app.use(async (c, next) => {
    const { ids, limit, after } = c.req.query()
    c.set(
      'selection' as never,
      (ids === undefined ? { limit: Number(limit), after } : { ids: ids.split(',') }) as never,
    )
    await next()
  })
  app.get(
    '/users',
    readUsers({
      cache,
      repository,
      targetedControl: 'max-age=60, stale-while-revalidate=60, stale-if-error=600',
      hardTimeoutMs: 1000,
      onFailure,
    }),
  )
  app.onError(errorHandler(onFailure))
  const pending: Promise<unknown>[] = []
  const context = {
    waitUntil: (work: Promise<unknown>) => void pending.push(work),
    passThroughOnException() {},
    props: {},
  }
  return {
    clock,
    outcomes,
    failures,
    timers,
    repository,
    settled: () => Promise.all(pending),
    async get(query: string, headers: Record<string, string> = {}) {
      const response = await app.fetch(new Request(`http://host/users?${query}`, { headers }), {}, context)
      return { response, text: await response.text(), status: response.headers.get('cache-status') }
    },
  }
}

const away = () => Promise.reject(new RepositoryError('away'))

describe('readUsers', () => {
  it('counts a read for each user, and one for the page', async () => {
    const { get, outcomes } = open()
    await get('ids=a,x')
    const { status } = await get('limit=2')
    assert.deepEqual(outcomes, ['miss', 'miss', 'miss', 'hit', 'miss'])
    assert.equal(status, 'hitrate; fwd=partial; ttl=60; stored; detail=loaded-2-of-3')
    assert.equal((await get('limit=2')).status, 'hitrate; hit; ttl=60')
  })

  it('loads each user once for requests that come together', async () => {
    const { get, outcomes } = open()
    const both = await Promise.all([get('ids=a,b'), get('ids=b,c')])
    assert.deepEqual(outcomes.toSorted(), ['coalesced', 'miss', 'miss', 'miss'])
    assert.deepEqual(
      both.map(({ text }) => JSON.parse(text).users.length),
      [2, 2],
    )
  })

  it('shares no load where requests cannot share promises', async () => {
    const { get, outcomes } = open({ coalesce: false })
    await Promise.all([get('ids=a,b'), get('ids=b,c')])
    assert.deepEqual(outcomes, Array(4).fill('miss'))
    assert.equal((await get('ids=a,b,c')).status, 'hitrate; hit; ttl=60')
  })

  it('bypasses a cache that is switched off', async () => {
    const { get, outcomes } = open({ enabled: false })
    for (const query of ['ids=a', 'limit=1']) assert.equal((await get(query)).status, 'hitrate; fwd=bypass')
    assert.deepEqual(outcomes, Array(3).fill('bypass'))
  })

  it('answers only-if-cached from what is stored, else with 504', async () => {
    const { get } = open()
    const cachedOnly = { 'cache-control': 'only-if-cached' }
    for (const query of ['ids=a', 'limit=1']) {
      const { response, text, status } = await get(query, cachedOnly)
      assert.deepEqual([response.status, status], [504, 'hitrate; detail=only-if-cached'])
      assert.match(text, /Nothing stored/)
      await get(query)
      assert.equal((await get(query, cachedOnly)).response.status, 200)
    }
  })

  it('serves parts that are as stale as max-stale accepts', async () => {
    const { get, clock, outcomes } = open()
    await get('ids=a')
    clock.ms += 60_000 + 300_000
    assert.equal(
      (await get('ids=a', { 'cache-control': 'max-stale=299' })).status,
      'hitrate; fwd=uri-miss; ttl=60; stored',
    )
    clock.ms += 60_000 + 300_000
    assert.equal((await get('ids=a', { 'cache-control': 'max-stale=300' })).status, 'hitrate; hit; ttl=-300')
    assert.deepEqual(outcomes, ['miss', 'miss', 'stale'])
  })

  it('ignores directives that would cause loads', async () => {
    const { get } = open()
    await get('ids=a')
    const { status } = await get('ids=a', {
      'cache-control': 'no-cache, no-store, max-age=0',
      pragma: 'no-cache',
    })
    assert.equal(status, 'hitrate; hit; ttl=60')
  })

  it('serves stored lists while the repository is away, and reports each failure once', async () => {
    const { get, clock, repository, failures, settled } = open()
    await get('limit=2')
    Object.assign(repository, { findMany: away, page: away })
    clock.ms += 61_000
    assert.equal((await get('limit=2')).status, 'hitrate; hit; ttl=-1')
    await settled()
    assert.deepEqual(
      failures,
      Array(2).fill({ method: 'GET', path: '/users', ids: {}, isInBackground: true }),
    )
    clock.ms += 60_000
    const { response, status } = await get('limit=2')
    assert.equal(response.status, 200)
    assert.equal(status, 'hitrate; fwd=stale; fwd-status=503; ttl=-61; detail=stale-if-error')
    assert.deepEqual(failures.slice(2), [{ method: 'GET', path: '/users', ids: {}, isInBackground: false }])
  })

  it('is a 503 with Retry-After while the repository is away and a part is not stored', async () => {
    const { get, repository, failures, outcomes } = open()
    await get('ids=a')
    Object.assign(repository, { findMany: away, page: away })
    for (const query of ['ids=a,b', 'limit=3']) {
      const { response, status } = await get(query)
      assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '1'])
      assert.equal(status, 'hitrate; fwd=uri-miss')
    }
    assert.deepEqual(outcomes, ['miss', 'hit', 'error', 'error'])
    assert.equal(failures.length, 2)
  })

  it('is a 504 if the repository takes longer than the time limit', async () => {
    const { get, repository, timers } = open()
    repository.findMany = () => {
      queueMicrotask(() => {
        for (const run of timers.splice(0)) run()
      })
      return new Promise(() => {})
    }
    const { response, status } = await get('ids=a')
    assert.deepEqual([response.status, status], [504, 'hitrate; fwd=uri-miss; detail=timeout'])
  })
})
