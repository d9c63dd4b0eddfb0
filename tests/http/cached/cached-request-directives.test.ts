/** Cache-Control and Pragma of requests, with and without `clientControl`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('request directives', () => {
  function appWithMaxAge(options: Omit<CachedOptions, 'cache'> = {}) {
    const test = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60, stale-if-error=60' })
    test.app.get('/x', test.cached(options), handler)
    return { ...test, calls }
  }

  it('no-cache, no-store, Pragma, max-age and min-fresh of a request apply with clientControl', async () => {
    const { get, clock, outcomes } = appWithMaxAge({ clientControl: true })
    await get('/x')
    clock.ms += 10_000
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'no-cache' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '2',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', '2'])
    assert.deepEqual(await statusAndBody(get('/x', { pragma: 'no-cache' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '3',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'no-store' })), [
      'hitrate; fwd=bypass',
      '4',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=60', '3'])
    clock.ms += 10_000
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-age=10' })), [
      'hitrate; hit; ttl=50',
      '3',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-age=9' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '5',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'min-fresh=59' })), [
      'hitrate; hit; ttl=60',
      '5',
    ])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'min-fresh=61' })), [
      'hitrate; fwd=request; ttl=60; stored',
      '6',
    ])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit', 'miss', 'bypass', 'hit', 'hit', 'miss', 'hit', 'miss'])
  })

  it('no-cache, no-store, Pragma, max-age and min-fresh of a request have no effect without clientControl', async () => {
    const { get, clock, calls } = appWithMaxAge()
    await get('/x')
    clock.ms += 10_000
    for (const control of ['no-cache', 'no-store', 'max-age=0', 'min-fresh=1000']) {
      assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': control, pragma: 'no-cache' })), [
        'hitrate; hit; ttl=50',
        '1',
      ])
    }
    assert.equal(calls(), 1)
  })

  it('only-if-cached is answered from the cache, or with 504', async () => {
    const { get, calls, outcomes } = appWithMaxAge()
    const notStored = await get('/x', { 'cache-control': 'only-if-cached' })
    assert.equal(notStored.status, 504)
    assert.equal(notStored.headers.get('cache-status'), 'hitrate; detail=only-if-cached')
    assert.equal(notStored.headers.get('content-type'), 'application/problem+json')
    assert.equal(calls(), 0)
    await get('/x')
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; hit; ttl=60',
      '1',
    ])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit'])
  })

  it('max-stale accepts a stale response up to its limit', async () => {
    const { get, clock, calls, outcomes } = appWithMaxAge()
    await get('/x')
    clock.ms += 70_000
    const stale = await get('/x', { 'cache-control': 'max-stale=10' })
    assert.equal(stale.headers.get('age'), '70')
    assert.deepEqual(await statusAndBody(stale), ['hitrate; hit; ttl=-10', '1'])
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-stale, only-if-cached' })), [
      'hitrate; hit; ttl=-10',
      '1',
    ])
    assert.equal((await get('/x', { 'cache-control': 'max-stale=9, only-if-cached' })).status, 504)
    assert.equal(calls(), 1)
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'max-stale=9' })), [
      'hitrate; fwd=stale; ttl=60; stored',
      '2',
    ])
    assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'miss', 'miss'])
  })

  it('max-stale does not accept a stale response with must-revalidate', async () => {
    const { app, cached, clock, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60, must-revalidate, stale-while-revalidate=60' })
    app.get('/x', cached(), handler)
    await get('/x')
    clock.ms += 61_000
    assert.equal((await statusAndBody(get('/x', { 'cache-control': 'max-stale' })))[1], '2')
  })
})
