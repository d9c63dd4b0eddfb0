/** The page of the OpenAPI document loads nothing and runs nothing, and its links hold. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { docsPage, docsPolicy, document } from '../../../src/service/openapi/written-files.ts'

const all = (pattern: RegExp) => [...docsPage.matchAll(pattern)].map(([, group = '']) => group)

describe('the page of the OpenAPI document', () => {
  it('the policy allows the one style of the page, and no other source', () => {
    const [css = ''] = all(/<style>([\s\S]*?)<\/style>/g)
    const hash = createHash('sha256').update(css).digest('base64')
    assert.equal(
      docsPolicy,
      `default-src 'none'; script-src 'self'; style-src 'sha256-${hash}'; img-src data:; ` +
        `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    assert.doesNotMatch(css, /url\(|@import/)
  })

  it('has no script, no inline style, and no source but itself and the document', () => {
    assert.doesNotMatch(docsPage, /<script|<iframe|<form|\son\w+=|\sstyle=|\ssrc=|javascript:/i)
    const outside = all(/\shref="([^#"][^"]*)"/g)
    assert.deepEqual([...new Set(outside)].sort(), ['data:,', 'openapi.json'])
  })

  it('has unique ids, and a target for each of its links', () => {
    const ids = all(/\sid="([^"]+)"/g)
    assert.deepEqual([...new Set(ids)], ids)
    const links = all(/\shref="#([^"]+)"/g)
    assert.deepEqual(
      links.filter((link) => !ids.includes(link)),
      [],
    )
    assert.ok(links.length > 100)
  })

  it('has a section for each operation, schema and header, and a link to it', () => {
    const operations = Object.values(document.paths).flatMap((item) => Object.entries(item))
    const shown = operations.filter(([method]) => method !== 'head' && method !== 'options')
    const expected = [
      ...shown.map(([, { operationId }]) => operationId),
      ...Object.keys(document.components.schemas).map((name) => `schema-${name}`),
      ...Object.keys(document.components.headers).map((name) => `header-${name.toLowerCase()}`),
    ]
    for (const id of expected) assert.match(docsPage, new RegExp(`\\sid="${id}"`), id)
    for (const [, { operationId }] of shown)
      assert.match(docsPage, new RegExp(`<li><a href="#${operationId}"`))
  })

  it('has no markup in texts of the document', () => {
    assert.match(docsPage, /&lt;\/api\/users\?limit=2&amp;after=user_002&gt;; rel=&quot;next&quot;/)
    assert.doesNotMatch(docsPage, /`|\[object|undefined/)
  })
})
