import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { requestUrl } from '../../../src/dashboard/client/request-url.ts'

describe('requestUrl', () => {
  it('is relative to the page', () => {
    assert.equal(requestUrl('./status/data.json', 'http://a:1/status').href, 'http://a:1/status/data.json')
  })

  it('has no name and no password, so that fetch accepts it', () => {
    const base = 'http://any:a%40token@a:1/status'
    assert.equal(requestUrl('./status/data.json', base).href, 'http://a:1/status/data.json')
    assert.equal(requestUrl('http://any:token@a:1/purge', base).href, 'http://a:1/purge')
  })
})
