/** Soft purges: responses become stale, so that the backend stays protected. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { counter, flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'
import { NOTHING, purgeOn } from '../../support/test-purge.ts'

const WINDOWS = 'max-age=600, stale-while-revalidate=60, stale-if-error=300'
const URL = 'https://example.com/blog/x'

const purges: [name: string, body: object, done: object][] = [
  ['by URL', { urls: [URL] }, { urls: 1 }],
  ['by path', { urls: ['/blog/x'] }, { urls: 1 }],
  ['by tag', { tags: ['t', 'none'] }, { tags: 2 }],
  ['by prefix', { prefixes: ['/blog/'] }, { prefixes: 1 }],
  ['of everything', { all: true }, { all: true }],
]

for (const [name, body, done] of purges) {
  describe(`a soft purge ${name}`, () => {
    it('serves the stale response to a crowd, and calls the handler once', { timeout: 10_000 }, async () => {
      const test = testApp()
      const { opened, open } = gate()
      let calls = 0
      test.app.get('/blog/x', test.cached(), async (c) => {
        if (++calls > 1) await opened
        return c.text(String(calls), 200, { 'cache-control': WINDOWS, 'cache-tag': 't' })
      })
      const page = () => statusAndBody(test.get('http://example.com/blog/x'))
      await page()
      assert.deepEqual(await purgeOn(test)({ ...body, soft: true }), { ...NOTHING, ...done })
      test.clock.ms += 1000
      const crowd = await Promise.all(Array.from({ length: 20 }, page))
      for (const answer of crowd) assert.deepEqual(answer, ['hitrate; hit; ttl=-1', '1'])
      open()
      await test.settled()
      assert.deepEqual(await page(), ['hitrate; hit; ttl=600', '2'])
      assert.equal(calls, 2)
    })

    it('serves the stale response if the handler fails, until stale-if-error ends', async () => {
      const test = testApp()
      let isDown = false
      test.app.get('/blog/x', test.cached(), (c) => {
        const headers = { 'cache-control': 'max-age=600, stale-if-error=300', 'cache-tag': 't' }
        return isDown ? c.text('down', 503) : c.text('page', 200, headers)
      })
      const page = async () => (await test.get('http://example.com/blog/x')).status
      await page()
      await purgeOn(test)({ ...body, soft: true })
      isDown = true
      test.clock.ms += 299_000
      assert.equal(await page(), 200)
      test.clock.ms += 2000
      assert.equal(await page(), 503)
    })

    it('lets a response without stale periods be revalidated or loaded again', async () => {
      const test = testApp()
      const received: (string | undefined)[] = []
      let etag: string | undefined = '"1"'
      test.app.get('/blog/x', test.cached(), (c) => {
        received.push(c.req.header('if-none-match'))
        const headers = { 'cache-control': 'max-age=600', 'cache-tag': 't', ...(etag && { etag }) }
        return c.req.header('if-none-match') ? c.body(null, 304, headers) : c.text('page', 200, headers)
      })
      const page = () => statusAndBody(test.get('http://example.com/blog/x'))
      await page()
      await purgeOn(test)({ ...body, soft: true })
      assert.deepEqual(await page(), ['hitrate; fwd=stale; fwd-status=304; ttl=600; stored', 'page'])
      assert.deepEqual(received.splice(0), [undefined, '"1"'])
      etag = undefined
      await test.cache.clear()
      await page()
      await purgeOn(test)({ ...body, soft: true })
      const [status, text] = await page()
      assert.deepEqual([status?.includes('stored'), text], [true, 'page'])
      assert.deepEqual(received, [undefined, undefined])
    })
  })
}

describe('a soft purge', () => {
  it('alone is refused', async () => {
    const test = testApp()
    await assert.rejects(purgeOn(test)({ soft: true }), /must have urls, tags, prefixes or all/)
    await assert.rejects(purgeOn(test)({ all: true, soft: false }), /must be true/)
  })

  it('counts as a purge does, and a second one finds the stale response', async () => {
    const test = testApp()
    test.app.get('/*', test.cached(), counter({ 'cache-control': WINDOWS }).handler)
    await test.get('http://example.com:3000/a')
    const purge = purgeOn(test)
    const body = { soft: true, urls: ['https://example.com/a', '/b'] }
    const counted = { ...NOTHING, urls: 1, unmatched: ['/b'] }
    assert.deepEqual(await purge(body), counted)
    assert.deepEqual(await purge(body), counted)
  })

  it('makes every variant and the result of a running load stale', async () => {
    const test = testApp()
    const { opened, open } = gate()
    let calls = 0
    test.app.get('/a', test.cached(), async (c) => {
      if (++calls === 3) await opened
      return c.text(String(calls), 200, { 'cache-control': WINDOWS, vary: 'accept-language' })
    })
    const page = (language: string) => statusAndBody(test.get('/a', { 'accept-language': language }))
    await page('en')
    await page('de')
    const french = page('fr')
    await flush()
    assert.deepEqual(await purgeOn(test)({ urls: ['/a'], soft: true }), { ...NOTHING, urls: 1 })
    open()
    await french
    for (const [language, text] of [
      ['en', '1'],
      ['de', '2'],
      ['fr', '3'],
    ] as const) {
      assert.deepEqual(await page(language), ['hitrate; hit; ttl=0', text])
    }
  })

  it('makes data stale with `all`', async () => {
    const test = testApp()
    await test.cache.write('data', 'old', { staleWhileRevalidateMs: 1000 })
    await purgeOn(test)({ all: true, soft: true })
    assert.equal(test.cache.has('data'), false)
    assert.equal(test.cache.peek('data')?.outcome, 'stale')
  })
})
