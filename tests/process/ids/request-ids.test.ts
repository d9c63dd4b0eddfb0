import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRequestIds, isRequestId } from '../../../src/process/ids/request-ids.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const made = 'ab'.repeat(16)
const span = 'cd'.repeat(8)
const idsOf = createRequestIds({ traceId: () => made, spanId: () => span })

describe('createRequestIds()', () => {
  it('makes one id for the request and its trace, which is not sampled', () => {
    assert.deepEqual(idsOf(undefined, null), {
      requestId: made,
      traceId: made,
      traceparent: `00-${made}-${span}-00`,
    })
  })

  it('takes the trace of the request and its sampled flag, and answers with a span of its own', () => {
    assert.deepEqual(idsOf(undefined, `00-${traceId}-00f067aa0ba902b7-03`), {
      requestId: traceId,
      traceId,
      traceparent: `00-${traceId}-${span}-01`,
    })
  })

  it('takes the id of the request beside the trace', () => {
    const ids = idsOf('req/1', `00-${traceId}-00f067aa0ba902b7-00`)
    assert.deepEqual([ids.requestId, ids.traceId], ['req/1', traceId])
  })

  it('makes ids in place of those that are not valid', () => {
    const ids = idsOf('a b', `00-${traceId}-00f067aa0ba902b7-01, x`)
    assert.deepEqual([ids.requestId, ids.traceId], [made, made])
  })
})

describe('isRequestId()', () => {
  it('accepts 1 to 128 printable characters', () => {
    for (const id of ['a', '~!#$%&', 'f'.repeat(128), '018f-AB/9+=:@']) assert.ok(isRequestId(id), id)
  })

  it('refuses separators, quotes, spaces, control characters, other letters and other lengths', () => {
    const ids = [
      '',
      'f'.repeat(129),
      'a,b',
      'a"b',
      'a\\b',
      'a b',
      'a\tb',
      'a\r\nb',
      'a\x7f',
      'é',
      null,
      undefined,
    ]
    for (const id of ids) assert.ok(!isRequestId(id), String(id))
  })
})
