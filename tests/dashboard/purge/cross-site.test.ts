import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCrossSite } from '../../../src/dashboard/purge/cross-site.ts'

const of = (headers: Record<string, string>) =>
  isCrossSite(new Headers(headers), 'https://own.example/status/purge')

describe('isCrossSite', () => {
  it('believes Sec-Fetch-Site first, because a proxy may change the host', () => {
    assert.equal(of({ 'sec-fetch-site': 'same-origin', origin: 'https://public.example' }), false)
    for (const site of ['cross-site', 'same-site', 'none']) assert.equal(of({ 'sec-fetch-site': site }), true)
  })

  it('compares the host of Origin without it', () => {
    assert.equal(of({ origin: 'https://own.example' }), false)
    assert.equal(of({ origin: 'http://own.example' }), false)
    for (const origin of ['https://evil.example', 'https://own.example:8443', 'null']) {
      assert.equal(of({ origin }), true)
    }
  })

  it('is true if the host of the request is not valid', () => {
    assert.equal(isCrossSite(new Headers({ origin: 'https://own.example' }), 'https://a:80:80/purge'), true)
  })

  it('is false without both, which no browser sends', () => {
    assert.equal(of({}), false)
  })
})
