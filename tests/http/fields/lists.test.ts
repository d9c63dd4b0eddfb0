import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isHeaderName, listMembers } from '../../../src/http/fields/lists.ts'

describe('listMembers()', () => {
  it('returns the members without white space around them', () => {
    assert.deepEqual(listMembers(' a,b ,\tc d'), ['a', 'b', 'c d'])
  })

  it('ignores empty members', () => {
    assert.deepEqual(listMembers(',a, ,b,'), ['a', 'b'])
    assert.deepEqual(listMembers(''), [])
  })

  it('returns no members for an absent header', () => {
    assert.deepEqual(listMembers(null), [])
    assert.deepEqual(listMembers(undefined), [])
  })
})

describe('isHeaderName()', () => {
  it('accepts names in lower case', () => {
    for (const name of ['accept', 'x-1', "!#$%&'+.^_`|~"]) assert.ok(isHeaderName(name), name)
  })

  it('refuses the wildcard, other letter cases and characters that no name has', () => {
    for (const text of ['*', '', 'Accept', 'a b', 'a:b', 'é']) assert.ok(!isHeaderName(text), text)
  })
})
