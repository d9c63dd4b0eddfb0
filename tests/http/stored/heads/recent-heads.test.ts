import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Head } from '../../../../src/http/stored/heads/head.ts'
import { RecentHeads } from '../../../../src/http/stored/heads/recent-heads.ts'

function headOf(ageSeconds: number, cacheStatus = 'hitrate; hit'): Head {
  return new Head(200, {}, ageSeconds, cacheStatus)
}

describe('the heads of the last responses', () => {
  it('a head is found by its stored response, its age and its cache status', () => {
    const recent = new RecentHeads()
    const stored = {}
    const head = headOf(1)
    recent.add(stored, head)
    assert.equal(recent.find(stored, 1, 'hitrate; hit'), head)
    assert.equal(recent.find(stored, 2, 'hitrate; hit'), undefined)
    assert.equal(recent.find(stored, 1, 'hitrate; hit; ttl=1'), undefined)
    assert.equal(recent.find({}, 1, 'hitrate; hit'), undefined)
  })

  it('a newer head of a stored response replaces the older one, and no other', () => {
    const recent = new RecentHeads(2)
    const [a, b] = [{}, {}]
    recent.add(a, headOf(1))
    recent.add(b, headOf(1))
    const newer = headOf(2)
    recent.add(b, newer)
    assert.equal(recent.find(b, 2, 'hitrate; hit'), newer)
    assert.notEqual(recent.find(a, 1, 'hitrate; hit'), undefined)
  })

  it('only a bounded number of heads is kept; the one that was added first is dropped', () => {
    const recent = new RecentHeads(2)
    const all = [{}, {}, {}]
    for (const stored of all) recent.add(stored, headOf(1))
    assert.deepEqual(
      all.map((stored) => recent.find(stored, 1, 'hitrate; hit') !== undefined),
      [false, true, true],
    )
  })
})
