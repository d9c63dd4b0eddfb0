import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hopByHopHeaders, storedHeaders } from '../../../../src/http/stored/heads/stored-headers.ts'

const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT'

describe('storedHeaders', () => {
  it('headers of one connection, of one response and of the cache itself are not stored', () => {
    const headers = new Headers({
      connection: 'X-Hop, close',
      'x-hop': '1',
      'keep-alive': '1',
      'transfer-encoding': 'chunked',
      upgrade: 'h2c',
      age: '1',
      'content-length': '1',
      'set-cookie': 'a=1',
      'hitrate-cache-control': 'max-age=1',
      'cache-tag': 'a',
      etag: '"a"',
      'x-own': '1',
    })
    assert.deepEqual(storedHeaders(headers, DATE), {
      etag: '"a"',
      'x-own': '1',
      date: DATE,
    })
  })

  it('the handler’s Date is stored', () => {
    const date = 'Sun, 22 Nov 2026 11:00:00 GMT'
    assert.deepEqual(storedHeaders(new Headers({ date }), DATE), { date })
  })
})

describe('hopByHopHeaders', () => {
  it('Connection itself is always included, and the names that it lists are in lower case', () => {
    assert.deepEqual([...hopByHopHeaders(new Headers())], ['connection'])
    assert.deepEqual([...hopByHopHeaders(new Headers({ connection: 'A , b' }))], ['connection', 'a', 'b'])
  })
})
