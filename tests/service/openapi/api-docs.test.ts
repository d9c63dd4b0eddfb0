import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiDocs } from '../../../src/service/openapi/api-docs.ts'
import { docsPage, docsPolicy } from '../../../src/service/openapi/docs-page.ts'
import { openapiJson } from '../../support/openapi/answer-check.ts'

describe('apiDocs', () => {
  const routes = apiDocs()

  for (const path of ['/openapi.json', '/docs']) {
    it(`${path} may be stored for 5 minutes, and is revalidated with a strong ETag`, async () => {
      const first = await routes.request(path)
      assert.equal(first.status, 200)
      assert.equal(first.headers.get('cache-control'), 'public, max-age=300, must-revalidate')
      const etag = first.headers.get('etag') ?? ''
      assert.match(etag, /^"[^"]+"$/)
      const second = await routes.request(path, { headers: { 'if-none-match': `"x", ${etag}` } })
      assert.deepEqual([second.status, await second.text(), second.headers.get('etag')], [304, '', etag])
    })
  }

  it('/openapi.json is the committed document', async () => {
    const response = await routes.request('/openapi.json')
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.deepEqual(await response.json(), JSON.parse(openapiJson()))
  })

  it('/docs is the committed page, with its policy', async () => {
    const response = await routes.request('/docs')
    assert.equal(response.headers.get('content-type'), 'text/html; charset=UTF-8')
    assert.equal(response.headers.get('content-security-policy'), docsPolicy)
    assert.equal(await response.text(), docsPage)
  })
})
