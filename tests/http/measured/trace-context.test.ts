import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sampledTraceOf } from '../../../src/http/measured/trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const trace = { traceId, spanId }

describe('sampledTraceOf', () => {
  const headers: [name: string, header: string | null | undefined, expected: object | undefined][] = [
    ['a sampled trace', `00-${traceId}-${spanId}-01`, trace],
    ['other flags beside the sampled one', `00-${traceId}-${spanId}-ff`, trace],
    ['a later version with more parts', `cc-${traceId}-${spanId}-01-what-the-future-brings`, trace],
    ['a later version without more parts', `01-${traceId}-${spanId}-03`, trace],
    ['a trace that is not sampled', `00-${traceId}-${spanId}-00`, undefined],
    ['a trace whose flag is another one', `00-${traceId}-${spanId}-02`, undefined],
    ['no header', null, undefined],
    ['an absent header', undefined, undefined],
    ['an empty header', '', undefined],
    ['the forbidden version', `ff-${traceId}-${spanId}-01`, undefined],
    ['version 00 with more parts', `00-${traceId}-${spanId}-01-x`, undefined],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`, undefined],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`, undefined],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
    ['a short id', `00-${traceId.slice(1)}-${spanId}-01`, undefined],
    ['two headers that were joined', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`, undefined],
    ['another character', `00-${traceId.slice(1)}g-${spanId}-01`, undefined],
    ['a later version without a separator', `01-${traceId}-${spanId}-011`, undefined],
  ]
  for (const [name, header, expected] of headers) {
    it(`${expected === undefined ? 'ignores' : 'reads'} ${name}`, () => {
      assert.deepEqual(sampledTraceOf(header), expected)
    })
  }
})
