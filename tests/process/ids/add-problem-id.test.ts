import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { problem } from '../../../src/http/endpoints/problem.ts'
import { addProblemId } from '../../../src/process/ids/add-problem-id.ts'
import { createRequestIds } from '../../../src/process/ids/request-ids.ts'
import { setRequestIds } from '../../../src/process/ids/set-request-ids.ts'

function responseOf(handler: (c: Context) => Response, hasIds = true): Promise<Response> {
  const app = new Hono()
  if (hasIds) app.use(setRequestIds(createRequestIds()))
  app.use(addProblemId)
  app.get('/x', handler)
  return Promise.resolve(app.request('/x', { headers: { 'x-request-id': 'mine' } }))
}

describe('addProblemId', () => {
  it('adds the id to a problem document, and keeps its status and headers', async () => {
    const response = await responseOf(() => problem(503, 'out', { headers: { 'retry-after': '1' } }))
    assert.deepEqual(await response.json(), {
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'out',
      error: 'out',
      request_id: 'mine',
    })
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('retry-after'), '1')
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
  })

  it('adds the id to a document with the entity tag of a user', async () => {
    const response = await responseOf(() => problem(412, 'other', { headers: { etag: '"a"' } }))
    assert.match(await response.text(), /,"request_id":"mine"}$/)
    assert.equal(response.headers.get('etag'), '"a"')
  })

  it('drops the length of the document that it replaces', async () => {
    const response = await responseOf(() => problem(404, 'none', { headers: { 'content-length': '99' } }))
    assert.notEqual(response.headers.get('content-length'), '99')
  })

  it('adds the length of the member to the length of a document without its bytes', async () => {
    const document = await (await responseOf(() => problem(404, 'none'))).text()
    const { length } = await problem(404, 'none').text()
    const headers = { 'content-type': 'application/problem+json', 'content-length': String(length) }
    const response = await responseOf(() => new Response(null, { status: 404, headers }))
    assert.equal(response.headers.get('content-length'), String(document.length))
  })

  const unchanged: [name: string, handler: (c: Context) => Response, hasIds?: boolean][] = [
    ['other types', (c) => c.json({ a: 1 }, 404)],
    ['responses without an error', () => problem(200, 'fine')],
    ['requests without an id', () => problem(404, 'none'), false],
  ]
  for (const [name, handler, hasIds] of unchanged) {
    it(`leaves ${name} as they are`, async () => {
      assert.doesNotMatch(await (await responseOf(handler, hasIds)).text(), /request_id/)
    })
  }
})
