import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Head } from '../../../../src/http/stored/heads/head.ts'

const headers = { 'content-type': 'text/plain', etag: '"a"', age: '3', 'cache-status': 'hitrate; hit' }

describe('a head', () => {
  it('makes each of its forms once', () => {
    const head = new Head(200, headers, 3, 'hitrate; hit')
    assert.equal(head.init, head.init)
    assert.deepEqual(
      [head.init.status, [...new Headers(head.init.headers)]],
      [200, [...new Headers(headers)]],
    )
    const message = head.messageOf('x', ['a=1'])
    assert.equal(head.messageOf('x', ['a=1']), message)
    assert.deepEqual([message.status, message.headers, message.body], [200, headers, 'x'])
  })

  it('adds headers to its message, and not to its other forms', () => {
    const head = new Head(200, headers, 3, 'hitrate; hit')
    const message = head.messageOf(null, [], { 'server-timing': 'cache;desc=hit' })
    assert.deepEqual(message.headers, { ...headers, 'server-timing': 'cache;desc=hit' })
    assert.equal(new Headers(head.init.headers).has('server-timing'), false)
  })

  it('omits headers about the body from a 304 and a 416', () => {
    const head = new Head(200, { ...headers, 'content-length': '1', vary: 'accept' }, 3, 'hitrate; hit')
    const { 'content-type': _, ...kept } = { ...headers, vary: 'accept' }
    assert.deepEqual(head.headersOf304(), kept)
    assert.deepEqual(head.headersOf416(7), { ...kept, 'content-range': 'bytes */7' })
  })
})
