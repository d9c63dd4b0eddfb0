import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { internalHeaders, withoutInternalHeaders } from '../../../src/http/fields/internal-headers.ts'

const headers = () => {
  const all = new Headers({ 'hitrate-cache-control': 'x', 'cache-tag': 'a', 'x-own': '1' })
  all.append('set-cookie', 'a=1')
  all.append('set-cookie', 'b=2')
  return all
}

describe('internalHeaders()', () => {
  it('returns only the headers for this cache', () => {
    assert.deepEqual(internalHeaders(headers()), { 'cache-tag': 'a', 'hitrate-cache-control': 'x' })
  })
})

describe('withoutInternalHeaders()', () => {
  it('removes the internal headers from a copy', () => {
    const all = headers()
    const visible = withoutInternalHeaders(all)
    assert.deepEqual([...visible.keys()].sort(), ['set-cookie', 'set-cookie', 'x-own'])
    assert.deepEqual(visible.getSetCookie(), ['a=1', 'b=2'])
    assert.equal(all.get('cache-tag'), 'a')
  })
})
