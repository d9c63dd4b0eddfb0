/** Purges from the page: as JSON, and as a form without a script. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { dashboard } from '../../../src/dashboard/dashboard.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

/** Two caches, each with a page that has a tag. */
async function filledApp(token?: string) {
  const [cache, other] = ['a', 'b'].map((name) => createCache({ name, memory: memoryStore() }))
  if (cache === undefined || other === undefined) throw new Error('two caches')
  const app = new Hono()
  const fields = { 'cache-control': 'max-age=60, stale-while-revalidate=60', 'cache-tag': 'shared' }
  app.get('/a/:page', cached({ cache }), (c) => c.text('a', 200, fields))
  app.get('/b/:page', cached({ cache: other }), (c) => c.text('b', 200, fields))
  app.route(
    '/status',
    dashboard({
      registry: createRegistry(),
      cache: [cache, other],
      history: false,
      purge: { fetch: app.fetch, ...(token !== undefined && { token }) },
    }),
  )
  for (const path of ['/a/1', '/a/2', '/b/1']) await app.request(path)
  const post = (body: string | FormData | URLSearchParams, headers: Record<string, string> = {}) =>
    app.request('/status/purge', { method: 'POST', body, headers })
  const statusOf = async (path: string) => (await app.request(path)).headers.get('cache-status') ?? ''
  return { app, post, statusOf, cache, other }
}

const json = { 'content-type': 'application/json' }
const form = (fields: Record<string, string>) => new URLSearchParams(fields)

describe('the purge endpoint of the dashboard', () => {
  it('purges a URL in the cache of its route', async () => {
    const { post, statusOf } = await filledApp()
    const response = await post('{"urls":["/b/1"]}', json)
    assert.equal(((await response.json()) as { urls: number }).urls, 1)
    assert.doesNotMatch(await statusOf('/b/1'), /; hit/)
    assert.match(await statusOf('/a/1'), /; hit/)
  })

  it('purges tags and everything in all caches', async () => {
    const { post, cache, other } = await filledApp()
    await post('{"tags":["shared"]}', json)
    assert.deepEqual(
      [cache, other].map((one) => one.stats({ top: 9 }).top?.largest.length),
      [0, 0],
    )
    const second = await filledApp()
    await second.post('{"all":true}', json)
    assert.deepEqual(
      [second.cache, second.other].map((one) => one.stats().entries),
      [0, 0],
    )
  })

  it('takes a form, and answers with a page that leads back', async () => {
    const { post, statusOf } = await filledApp()
    const response = await post(form({ kind: 'urls', value: '/a/1\n/none' }))
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
    assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
    const html = await response.text()
    assert.match(html, /URLs whose responses were removed: 1/)
    assert.match(html, /No cache is reached by \/none/)
    assert.match(html, /href="\.\/"/)
    assert.match(html, /<link rel="stylesheet" href="dashboard\.css\?v=\w+">/)
    assert.doesNotMatch(await statusOf('/a/1'), /; hit/)
    assert.match(await statusOf('/a/2'), /; hit/)
  })

  it('answers a form of a script in JSON, behind a password of another kind', async () => {
    const { post } = await filledApp('secret')
    const headers = { accept: 'application/json', authorization: 'Basic eDp5' }
    const refused = await post(form({ kind: 'urls', value: '/a/1', token: 'wrong' }), headers)
    // For 401, Chromium would forget the password of the page.
    assert.equal(refused.status, 403)
    assert.match(await refused.text(), /"detail":"The token is wrong"/)
    const done = await post(form({ kind: 'urls', value: '/a/1', token: 'secret' }), headers)
    assert.deepEqual([done.status, ((await done.json()) as { urls: number }).urls], [200, 1])
  })

  it('refuses a form with a token that no header can have', async () => {
    const { post } = await filledApp('secret')
    for (const token of ['\u2603', 'a\nb', ''])
      assert.equal((await post(form({ kind: 'all', token }))).status, 403)
  })

  it('takes a soft purge and multipart forms', async () => {
    const { post, statusOf } = await filledApp()
    const fields = new FormData()
    for (const [name, value] of Object.entries({ kind: 'prefixes', value: '/a/', soft: 'on' }))
      fields.set(name, value)
    const html = await (await post(fields)).text()
    assert.match(html, /Prefixes whose responses were made stale: 1/)
    assert.match(await statusOf('/a/1'), /; hit; ttl=(?:0|-)/) // 0 within the millisecond of the purge
  })

  it('shows errors of the form, without markup from it', async () => {
    const { post } = await filledApp()
    const response = await post(form({ kind: 'prefixes', value: '<b>' }))
    assert.equal(response.status, 400)
    const html = await response.text()
    assert.match(html, /Not purged/)
    assert.match(html, /must be a path/)
    const unreached = await (await post(form({ kind: 'urls', value: '/<b>' }))).text()
    assert.match(unreached, /No cache is reached by \/&lt;b&gt;/)
  })

  it('needs the token, as a Bearer token or as a field of the form', async () => {
    const { app, post, cache } = await filledApp('secret')
    assert.equal((await post('{"all":true}', json)).status, 401)
    assert.equal((await post(form({ kind: 'all', token: 'wrong' }))).status, 403)
    assert.equal((await post(form({ kind: 'all' }), { authorization: 'Basic c2VjcmV0' })).status, 403)
    assert.notEqual(cache.stats().entries, 0)
    assert.equal((await post(form({ kind: 'all', token: 'secret' }))).status, 200)
    assert.equal(cache.stats().entries, 0)
    assert.equal((await post('{"all":true}', { ...json, authorization: 'Bearer secret' })).status, 200)
    const data = (await (await app.request('/status/data.json')).json()) as { purge?: object }
    assert.deepEqual(data.purge, { needsToken: true })
  })

  it('refuses requests of pages of other origins', async () => {
    const { post, cache } = await filledApp()
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
      assert.equal((await post(form({ kind: 'all' }), headers)).status, 403)
    }
    assert.equal((await post('{"all":true}', { 'content-type': 'text/plain' })).status, 415)
    assert.notEqual(cache.stats().entries, 0)
    const own = { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' }
    assert.equal((await post(form({ kind: 'all' }), own)).status, 200)
  })

  it('refuses a form that is too large', async () => {
    const { post } = await filledApp()
    assert.equal((await post(form({ kind: 'urls', value: 'x'.repeat(70_000) }))).status, 413)
  })
})
