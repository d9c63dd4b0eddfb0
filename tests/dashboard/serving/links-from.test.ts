import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linksFrom } from '../../../src/dashboard/serving/links-from.ts'

const files = { css: 'dashboard.css?v=1', js: '/assets/dashboard.js' }

describe('linksFrom', () => {
  const places: [page: string, data: string][] = [
    ['http://a/', 'http://a/data.json'],
    ['http://a/status', 'http://a/status/data.json'],
    ['http://a/status/', 'http://a/status/data.json'],
    ['http://a/deep/status?x=1#y', 'http://a/deep/status/data.json'],
    ['http://a/time:12', 'http://a/time:12/data.json'],
    ['http://a/a%22%3Cb', 'http://a/a%22%3Cb/data.json'],
  ]
  for (const [page, data] of places) {
    it(`lead below ${page}`, () => {
      const links = linksFrom(page, files)
      assert.equal(new URL(links.data, page).href, data)
      assert.equal(new URL(links.css, page).href, data.replace('data.json', 'dashboard.css?v=1'))
    })
  }

  it('do not need a valid host', () => {
    assert.equal(linksFrom('http://a:80:80/status', files).data, './status/data.json')
  })

  it('lead to the right place behind a proxy that strips a prefix', () => {
    const { purge } = linksFrom('http://internal/status', files)
    assert.equal(new URL(purge, 'https://public/prefix/status').pathname, '/prefix/status/purge')
  })

  it('keep absolute URLs of files', () => {
    assert.equal(linksFrom('http://a/status', files).js, '/assets/dashboard.js')
  })
})
