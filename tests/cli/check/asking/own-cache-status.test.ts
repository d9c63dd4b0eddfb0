import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cacheStatusMembers, ownStatus } from '../../../../src/cli/check/asking/own-cache-status.ts'

const statusOf = (value: string) => ownStatus(new Headers({ 'cache-status': value }))

describe('ownStatus', () => {
  it('the last member is that of hitrate', () => {
    assert.deepEqual(statusOf('"a, b"; hit, hitrate; fwd=stale; fwd-status=304; ttl=-5; stored; detail=x'), {
      hit: false,
      fwd: 'stale',
      fwdStatus: 304,
      ttl: -5,
      stored: true,
      collapsed: false,
      detail: 'x',
      text: 'hitrate; fwd=stale; fwd-status=304; ttl=-5; stored; detail=x',
    })
    assert.equal(statusOf('hitrate; hit; ttl=5').hit, true)
  })

  it('a response without the header says nothing', () => {
    const { text, hit, stored } = ownStatus(new Headers())
    assert.deepEqual({ text, hit, stored }, { text: '', hit: false, stored: false })
  })
})

describe('cacheStatusMembers', () => {
  it('a quoted text may contain commas and quotes', () => {
    assert.deepEqual(cacheStatusMembers('"a, \\"b"; hit,, c; key="x,y"'), ['"a, \\"b"; hit', 'c; key="x,y"'])
    assert.deepEqual(cacheStatusMembers(null), [])
  })
})
