import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createExpiry, type Expiring } from '../../../src/stores/memory/expiry.ts'

function dyingAt(deadFrom: number): Expiring {
  return { deadFrom, place: 0 }
}

describe('the order of dying', () => {
  test('has as due what dies first, from the moment on at which it is dead', () => {
    const expiry = createExpiry<Expiring>()
    const [early, late, never] = [dyingAt(10), dyingAt(20), dyingAt(Infinity)]
    for (const each of [never, late, early]) expiry.add(each)
    assert.equal(expiry.due(9), undefined)
    assert.equal(expiry.due(10), early)
    assert.equal(expiry.due(10), early, 'it stays until it is removed')
    expiry.remove(early)
    assert.equal(expiry.due(19), undefined)
    assert.equal(expiry.due(20), late)
    expiry.remove(late)
    assert.equal(expiry.due(Number.MAX_VALUE), undefined)
    expiry.remove(never)
    assert.equal(expiry.due(Infinity), undefined)
  })

  test('is that of a sorted list, whatever is added and removed, from wherever in the middle', () => {
    const act = fc.record({ add: fc.boolean(), at: fc.nat({ max: 12 }), which: fc.nat({ max: 1000 }) })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 150 }), (acts) => {
        const expiry = createExpiry<Expiring>()
        const model: Expiring[] = []
        for (const { add, at, which } of acts) {
          if (add || model.length === 0) {
            const one = dyingAt(at)
            expiry.add(one)
            model.push(one)
          } else {
            const [one] = model.splice(which % model.length, 1)
            if (one) expiry.remove(one)
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
