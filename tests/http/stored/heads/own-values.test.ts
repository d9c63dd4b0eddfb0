import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bytesOfOwnValues,
  ownLength,
  ownValue,
  ownValuesOf,
  withOwnValues,
} from '../../../../src/http/stored/heads/own-values.ts'

const common = { 'content-type': 'text/plain', etag: '"a"', date: 'Sun, 22 Nov 2026 12:00:00 GMT' }

describe('the values of one stored response', () => {
  it('a response whose length is that of its body has none', () => {
    assert.equal(ownValuesOf(common, {}, 3), undefined)
    const headers = { ...common, 'content-length': '3' }
    assert.equal(ownValuesOf(headers, {}, 3), undefined)
    assert.equal(ownLength(undefined, headers, 3), 3)
    assert.equal(ownLength(undefined, common, 3), undefined)
  })

  it('another length alone is a number', () => {
    const headers = { ...common, 'content-length': '5' }
    for (const bodyLength of [3, undefined]) {
      const own = ownValuesOf(headers, {}, bodyLength)
      assert.equal(own, 5)
      assert.equal(ownLength(own, headers, bodyLength), 5)
      assert.deepEqual(withOwnValues({ ...headers, 'content-length': '' }, own), headers)
      assert.equal(bytesOfOwnValues(own), 0)
    }
  })

  it('other values are stored by name, and set where the record has the name', () => {
    const headers = { ...common, 'last-modified': 'x', 'content-length': '5' }
    const own = ownValuesOf(headers, { 'cache-tag': 'a' }, 3)
    assert.deepEqual(own, { 'last-modified': 'x', 'content-length': '5', 'cache-tag': 'a' })
    assert.deepEqual([ownValue(own, 'last-modified'), ownValue(own, 'expires')], ['x', undefined])
    assert.equal(ownLength(own, headers, 3), 5)
    assert.deepEqual(withOwnValues({ ...headers, 'last-modified': '', 'content-length': '' }, own), headers)
    assert.deepEqual(withOwnValues({ 'cache-tag': '' }, own), { 'cache-tag': 'a' })
    assert.equal(bytesOfOwnValues(own) > 50, true)
  })

  it('a length that is no number stays as it is', () => {
    const headers = { ...common, 'content-length': 'x' }
    const own = ownValuesOf(headers, {}, 3)
    assert.deepEqual(own, { 'content-length': 'x' })
    assert.equal(ownLength(own, headers, 3), undefined)
  })
})
