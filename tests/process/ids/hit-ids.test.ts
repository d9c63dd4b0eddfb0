import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hitIds } from '../../../src/process/ids/hit-ids.ts'
import { createRequestIds } from '../../../src/process/ids/request-ids.ts'

const made = 'ab'.repeat(16)
const span = 'cd'.repeat(8)
const idsOf = createRequestIds({ traceId: () => made, spanId: () => span })
const traceparent = `00-${'ef'.repeat(16)}-${span}-01`

describe('hitIds()', () => {
  it('gives ids to requests that have one of the two headers', () => {
    const { values } = hitIds(idsOf, false)
    assert.equal(values([undefined, undefined], 200), undefined)
    assert.equal(values([], 404), undefined)
    assert.deepEqual(values(['mine', undefined], 200), ['mine', `00-${made}-${span}-00`])
    assert.deepEqual(values([undefined, traceparent], 200), ['ef'.repeat(16), traceparent])
  })

  it('gives ids to every request, if it must', () => {
    assert.deepEqual(hitIds(idsOf, true).values([], 200), [made, `00-${made}-${span}-00`])
  })

  it('sends a request for a stored error to the middleware, if it gets ids', () => {
    assert.equal(hitIds(idsOf, true).values([], 404), 'route')
    assert.equal(hitIds(idsOf, false).values(['mine'], 404), 'route')
  })
})
