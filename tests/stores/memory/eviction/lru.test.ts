import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createLru, type Linked } from '../../../../src/stores/memory/eviction/lru.ts'

interface Member extends Linked<Member> {
  name: string
}

function member(name: string): Member {
  return { name, newer: undefined, older: undefined }
}

describe('createLru', () => {
  it('oldest() returns the member used longest ago', () => {
    const order = createLru<Member>()
    assert.equal(order.oldest(), undefined)
    const [a, b, c] = ['a', 'b', 'c'].map(member) as [Member, Member, Member]
    for (const each of [a, b, c]) order.add(each)
    assert.equal(order.oldest(), a)
    order.use(a)
    assert.equal(order.oldest(), b)
    order.remove(b)
    assert.equal(order.oldest(), c)
    order.remove(c)
    order.remove(a)
    assert.equal(order.oldest(), undefined)
  })

  it('oldest() returns the members in the order of a plain list, for any additions, uses and removals', () => {
    const action = fc.record({ do: fc.constantFrom('add', 'use', 'remove'), n: fc.nat({ max: 9 }) })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
        const order = createLru<Member>()
        const members = Array.from({ length: 10 }, (_, n) => member(`${n}`))
        let model: Member[] = []
        for (const { do: name, n } of actions) {
          const chosen = members[n] as Member // n is at most 9
          const isIn = model.includes(chosen)
          if (isIn === (name === 'add')) continue
          if (name === 'add') order.add(chosen)
          if (name === 'use') order.use(chosen)
          if (name === 'remove') order.remove(chosen)
          model = model.filter((other) => other !== chosen)
          if (name !== 'remove') model.push(chosen)
          assert.equal(order.oldest(), model[0])
        }
        for (let oldest = order.oldest(); oldest !== undefined; oldest = order.oldest()) {
          assert.equal(oldest, model.shift())
          order.remove(oldest)
        }
        assert.equal(model.length, 0)
      }),
    )
  })
})
