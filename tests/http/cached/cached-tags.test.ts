/** Tags in `Cache-Tag`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { counter, testApp } from '../../support/test-app.ts'

describe('Cache-Tag', () => {
  it('invalidateTags() invalidates the responses with a tag of Cache-Tag', async () => {
    const { app, cache, cached, get } = testApp()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60', 'cache-tag': 'a, b ,,ü,c d,"e' })
    app.get('/x', cached(), handler)
    let loads = 1
    for (const tag of ['a', 'b', 'ü', 'c d', '"e']) {
      await get('/x')
      await cache.invalidateTags([tag])
      await get('/x')
      assert.equal(calls(), ++loads, tag)
    }
    await cache.invalidateTags(['', 'c', 'A', '/x'])
    await get('/x')
    assert.equal(calls(), loads)
  })

  it('the bytes of the tags count in the size of an entry', async () => {
    const { app, cache, cached, get } = testApp()
    const tags = Array.from({ length: 1000 }, (_, i) => `tag-number-${i}`)
    app.get('/with', cached(), (c) =>
      c.text('x', 200, { 'cache-control': 'max-age=60', 'cache-tag': tags.join() }),
    )
    app.get('/none', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60' }))
    await get('/none')
    const without = cache.stats().bytes
    await get('/with')
    assert.ok(cache.stats().bytes - without > without + 2 * tags.join('').length)
  })
})
