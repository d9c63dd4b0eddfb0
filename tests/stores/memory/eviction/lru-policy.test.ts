import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LruPolicy } from '../../../../src/stores/memory/eviction/lru-policy.ts'

describe('LruPolicy', () => {
  it('the victim is the slot used longest ago', () => {
    const lru = new LruPolicy()
    for (const slot of [0, 1, 2]) lru.add(slot)
    assert.equal(lru.victim(), 0)
    lru.use(0)
    assert.equal(lru.victim(), 1)
    lru.update(1)
    assert.equal(lru.victim(), 2)
    lru.remove(2)
    assert.equal(lru.victim(), 0)
  })

  it('the victims are in the order of a plain list, for any additions, uses, removals and moves', () => {
    const action = fc.record({ do: fc.constantFrom('add', 'use', 'remove'), which: fc.nat({ max: 1000 }) })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
        const lru = new LruPolicy()
        const slots: number[] = [] // the names of the members by their slot
        let model: number[] = [] // the names, the one used longest ago first
        let names = 0
        function remove(slot: number): void {
          const last = slots.length - 1
          lru.remove(slot)
          model = model.filter((name) => name !== slots[slot])
          if (slot !== last) {
            lru.move(last, slot)
            slots[slot] = slots[last] as number
          }
          slots.pop()
        }
        for (const one of actions) {
          const slot = one.which % Math.max(1, slots.length)
          if (one.do === 'add') {
            lru.add(slots.push(names) - 1)
            model.push(names++)
          } else if (slots.length > 0 && one.do === 'remove') remove(slot)
          else if (slots.length > 0) {
            lru.use(slot)
            model = [...model.filter((name) => name !== slots[slot]), slots[slot] as number]
          }
          if (slots.length > 0) assert.equal(slots[lru.victim()], model[0])
        }
        while (slots.length > 0) {
          assert.equal(slots[lru.victim()], model[0])
          remove(lru.victim())
        }
      }),
    )
  })

  it('the list is empty after clear, and its memory is freed', () => {
    const lru = new LruPolicy()
    for (let slot = 0; slot < 10_000; slot++) lru.add(slot)
    assert.equal(lru.bytes >= 80_000, true)
    lru.clear()
    assert.equal(lru.bytes < 1000, true)
    lru.add(0)
    assert.equal(lru.victim(), 0)
  })
})
