import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from 'hono'
import { isPurge, type Purge, purgeOf, purgeRequest } from '../../../src/http/endpoints/purge-request.ts'

describe('purgeRequest', () => {
  it('a purge is a GET without headers, and its cache finds the purge', () => {
    const purge: Purge = { isOnEveryHost: false, reach() {} }
    const request = purgeRequest('http://a/x?b', purge)
    assert.deepEqual([request.method, request.url, [...request.headers]], ['GET', 'http://a/x?b', []])
    assert.equal(isPurge(request), true)
    assert.equal(purgeOf(new Context(request)), purge)
  })

  it('a request of a client is no purge, whatever it contains', () => {
    const request = new Request('http://a/x', { headers: { 'hitrate-purge': '1' } })
    assert.equal(isPurge(request), false)
    assert.equal(purgeOf(new Context(request)), undefined)
    assert.equal(
      isPurge(new Request(purgeRequest('http://a/x', { isOnEveryHost: false, reach() {} }))),
      false,
    )
  })
})
