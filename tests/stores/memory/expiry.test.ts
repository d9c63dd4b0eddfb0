import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createExpiry, type Expiring } from '../../../src/stores/memory/expiry.ts'

function expiringAt(deadFrom: number): Expiring {
  return { deadFrom, place: 0 }
}

describe('createExpiry', () => {
  it('due() returns the first entry to expire, from the time it expires until it is removed', () => {
    const expiry = createExpiry<Expiring>()
    const [early, late, never] = [expiringAt(10), expiringAt(20), expiringAt(Infinity)]
    for (const each of [never, late, early]) expiry.add(each)
    assert.equal(expiry.due(9), undefined)
    assert.equal(expiry.due(10), early)
    assert.equal(expiry.due(10), early, 'the entry is due until it is removed')
    expiry.remove(early)
    assert.equal(expiry.due(19), undefined)
    assert.equal(expiry.due(20), late)
    expiry.remove(late)
    assert.equal(expiry.due(Number.MAX_VALUE), undefined)
    expiry.remove(never)
    assert.equal(expiry.due(Infinity), undefined)
  })

  it('due() returns the entries in the order of a sorted list, for any additions and removals', () => {
    const action = fc.record({ add: fc.boolean(), at: fc.nat({ max: 12 }), which: fc.nat({ max: 1000 }) })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
        const expiry = createExpiry<Expiring>()
        const model: Expiring[] = []
        for (const { add, at, which } of actions) {
          if (add || model.length === 0) {
            const added = expiringAt(at)
            expiry.add(added)
            model.push(added)
          } else {
            const [removed] = model.splice(which % model.length, 1)
            if (removed) expiry.remove(removed)
          }
          assert.equal(expiry.due(Infinity)?.deadFrom, earliest(model))
        }
        for (let due = expiry.due(Infinity); due !== undefined; due = expiry.due(Infinity)) {
          assert.equal(due.deadFrom, earliest(model))
          expiry.remove(due)
          model.splice(model.indexOf(due), 1)
        }
        assert.equal(model.length, 0)
      }),
      { numRuns: 300 },
    )
  })
})

function earliest(members: readonly Expiring[]): number | undefined {
  return members.length === 0 ? undefined : Math.min(...members.map(({ deadFrom }) => deadFrom))
}
