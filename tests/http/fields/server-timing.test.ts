import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addServerTiming } from '../../../src/http/fields/server-timing.ts'

describe('addServerTiming', () => {
  it('the outcome is appended to members of the handler, with the duration of a load', () => {
    const response = new Response(null, { headers: { 'server-timing': 'db;dur=5' } })
    addServerTiming(response, 'miss', 12.345)
    assert.equal(response.headers.get('server-timing'), 'db;dur=5, cache;desc=miss;dur=12.3')
  })

  it('a read without a load has no duration', () => {
    const response = new Response()
    addServerTiming(response, 'hit')
    assert.equal(response.headers.get('server-timing'), 'cache;desc=hit')
  })
})
