import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatTraceparent, parseTraceparent } from '../../../src/http/fields/traceparent.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const sampled = { traceId, spanId, isSampled: true }
const unsampled = { traceId, spanId, isSampled: false }

describe('parseTraceparent()', () => {
  const headers: [name: string, header: string | null | undefined, expected: object | undefined][] = [
    ['a sampled trace', `00-${traceId}-${spanId}-01`, sampled],
    ['a trace that is not sampled', `00-${traceId}-${spanId}-00`, unsampled],
    ['the random flag alone', `00-${traceId}-${spanId}-02`, unsampled],
    ['all flags', `00-${traceId}-${spanId}-ff`, sampled],
    ['a later version', `01-${traceId}-${spanId}-03`, sampled],
    ['a later version that goes on', `cc-${traceId}-${spanId}-01-what-the-future-brings`, sampled],
    ['no header', undefined, undefined],
    ['a header that is null', null, undefined],
    ['an empty header', '', undefined],
    ['the forbidden version', `ff-${traceId}-${spanId}-01`, undefined],
    ['version 00 that goes on', `00-${traceId}-${spanId}-01-`, undefined],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`, undefined],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`, undefined],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
    ['two headers', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`, undefined],
    ['two headers of a later version', `01-${traceId}-${spanId}-01-x, 01-${traceId}-${spanId}-01`, undefined],
    ['a line break', `01-${traceId}-${spanId}-01\r\nx: y`, undefined],
  ]
  for (const [name, header, expected] of headers) {
    it(`${expected === undefined ? 'ignores' : 'reads'} ${name}`, () => {
      assert.deepEqual(parseTraceparent(header), expected)
    })
  }
})

describe('formatTraceparent()', () => {
  it('writes version 00 with the sampled flag alone', () => {
    assert.equal(formatTraceparent(sampled), `00-${traceId}-${spanId}-01`)
    assert.equal(formatTraceparent(unsampled), `00-${traceId}-${spanId}-00`)
  })
})
