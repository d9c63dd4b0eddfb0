/** Keys: the default key, `query` and `keyGenerator`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('the key', () => {
  it('the default key consists of scheme, host, path and query', async () => {
    const { app, cached } = testApp()
    let calls = 0
    app.get('*', cached({ targetedControl: 'max-age=60' }), (c) => c.text(String(++calls)))
    const urls = [
      'http://a/x',
      'https://a/x',
      'http://b/x',
      'http://a:8080/x',
      'http://a/X',
      'http://a/x/',
      'http://a/x?',
      'http://a/x?a=1',
      'http://a/x?a=1&b=2',
      'http://a/x?b=2&a=1',
      'http://a/x?a=1%26b=2',
    ]
    const bodies = new Map<string, string>()
    for (const url of urls) bodies.set(url, await (await app.request(url)).text())
    assert.equal(new Set(bodies.values()).size, urls.length - 1) // an empty query equals none
    for (const url of urls) assert.equal(await (await app.request(url)).text(), bodies.get(url))
  })

  it('the option query limits the key to the named parameters', async () => {
    const { app, cached, get } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached({ query: ['a'] }), handler)
    for (const query of ['?a=1', '?a=1&b=2', '?c&a=1', '?utm=x&a=1']) {
      assert.equal((await statusAndBody(get(`/x${query}`)))[1], '1', query)
    }
    assert.equal((await statusAndBody(get('/x?a=2')))[1], '2')
    assert.equal((await statusAndBody(get('/x?a=1&a=2')))[1], '3')
    assert.equal((await statusAndBody(get('/x?b=1')))[1], '4')
    assert.equal((await statusAndBody(get('/x')))[1], '4')
    assert.equal(calls(), 4)
  })

  it('keyGenerator may return the key synchronously or as a promise', async () => {
    for (const keyGenerator of [
      (c: Context) => c.req.query('k') ?? '-',
      async (c: Context) => c.req.query('k') ?? '-',
    ]) {
      const { app, cached, get } = testApp()
      const { handler } = counter({ 'cache-control': 'max-age=60' })
      app.get('*', cached({ keyGenerator }), handler)
      app.put('*', cached({ keyGenerator }), (c) => c.text('ok'))
      assert.equal((await statusAndBody(get('/x?k=1&z=1')))[1], '1')
      assert.equal((await statusAndBody(get('/y?k=1&z=2')))[1], '1')
      assert.equal((await statusAndBody(get('/x?k=2')))[1], '2')
      await app.request('/z?k=1', { method: 'PUT' })
      assert.equal((await statusAndBody(get('/x?k=1')))[1], '3')
      assert.equal((await statusAndBody(get('/x?k=2')))[1], '2')
    }
  })

  it('the error names the value that keyGenerator returned instead of a key, for every method', async () => {
    for (const [returned, description] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [1, '1'],
      ['', '""'],
      [Promise.resolve({}), 'an object'],
      [Promise.resolve(''), '""'],
    ] as const) {
      const { app, cached, request, events } = testApp()
      const { handler, calls } = counter()
      app.all('/x', cached({ keyGenerator: () => returned as never }), handler)
      app.onError((error, c) => c.text(`${error.name}: ${error.message}`, 500))
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
        const response = await request(method, '/x')
        assert.equal(response.status, 500, method)
        const expected = `TypeError: cached: keyGenerator must return a string that is not empty, got ${description}`
        assert.equal(await response.text(), method === 'HEAD' ? '' : expected, method)
      }
      assert.deepEqual([calls(), events], [0, []])
    }
  })

  it('data under the URL of a page is a value of its own, and leaves the page alone', async () => {
    const { app, cache, cached, get } = testApp()
    app.get('/a', cached(), counter({ 'cache-control': 'max-age=60' }).handler)
    await get('/a')
    assert.equal(cache.peek('http://localhost/a'), undefined)
    const read = await cache.read('http://localhost/a', () => 'data')
    assert.deepEqual([read.value, read.outcome], ['data', 'miss'])
    await cache.delete('http://localhost/a')
    assert.deepEqual(await statusAndBody(get('/a')), ['hitrate; hit; ttl=60', '1'])
  })

  it('a key with line breaks cannot collide with the key of a variant', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ keyGenerator: (c) => c.req.query('q') ?? '-' }), (c) => {
      const q = c.req.query('q') ?? ''
      return c.text(q, 200, { 'cache-control': 'max-age=60', ...(q === 'x' ? { vary: 'accept' } : {}) })
    })
    await get(`/x?q=${encodeURIComponent('x\naccept\0json')}`, { accept: 'json' })
    await get('/x?q=x', { accept: 'html' })
    assert.equal((await statusAndBody(get('/x?q=x', { accept: 'json' })))[1], 'x')
  })
})
