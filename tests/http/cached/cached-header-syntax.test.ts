/** Headers with unusual lines, names and lengths. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cpuMs } from '../../support/cpu-ms.ts'
import { counter, statusAndBody, testApp } from '../../support/test-app.ts'

describe('unusual headers', () => {
  it('several Cache-Control or Cache-Tag headers count as one list', async () => {
    const { app, cache, cached, get } = testApp()
    app.get('/private', cached(), (c) => {
      c.header('cache-control', 'max-age=60', { append: true })
      c.header('cache-control', 'private', { append: true })
      return c.text('x')
    })
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/tags', cached(), (c) => {
      c.header('cache-tag', 'a', { append: true })
      c.header('cache-tag', 'b', { append: true })
      return handler(c)
    })
    assert.match((await statusAndBody(get('/private')))[0] ?? '', /detail=private/)
    await get('/tags')
    await cache.invalidateTags(['b'])
    await get('/tags')
    assert.equal(calls(), 2)
  })

  it('header and parameter names may equal members of Object.prototype', async () => {
    const { app, cached, get } = testApp()
    const { handler, calls } = counter({
      'cache-control': 'max-age=60',
      vary: 'constructor, __proto__',
      'x-a': '1',
    })
    app.get('/x', cached({ query: ['__proto__', 'constructor', 'toString'] }), handler)
    assert.equal((await statusAndBody(get('/x?constructor=1&__proto__=2')))[1], '1')
    assert.equal((await statusAndBody(get('/x?constructor=1&__proto__=2&x=3')))[1], '1')
    assert.equal((await statusAndBody(get('/x?__proto__=1')))[1], '2')
    assert.equal((await statusAndBody(get('/x?hasOwnProperty=1')))[1], '3')
    assert.equal((await statusAndBody(get('/x', { constructor: '1' })))[1], '4')
    assert.equal((await statusAndBody(get('/x')))[1], '3')
    assert.equal(calls(), 4)
  })

  it('the time to parse request headers is linear in their length', async () => {
    const { app, cached, get } = testApp()
    const { handler } = counter({ 'cache-control': 'max-age=60', vary: 'x' })
    app.get('/x', cached({ clientControl: true }), handler)
    await get('/x')
    const startedAt = cpuMs()
    for (const value of [
      `${','.repeat(16_000)}@`,
      `a${' '.repeat(16_000)}b`,
      '"'.repeat(16_000),
      '=,'.repeat(8000),
    ]) {
      for (const name of [
        'cache-control',
        'pragma',
        'x',
        'if-none-match',
        'if-modified-since',
        'authorization',
      ]) {
        await get('/x', { [name]: value })
      }
    }
    assert.ok(cpuMs() - startedAt < 1000)
  })
})
