import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createLru, type Linked } from '../../../src/stores/memory/lru.ts'

interface Member extends Linked<Member> {
  name: string
}

function member(name: string): Member {
  return { name, newer: undefined, older: undefined }
}

describe('the order of use', () => {
  test('has as its oldest the member used longest ago', () => {
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

  test('is that of a plain list, whatever is added, used and removed', () => {
    const act = fc.record({ do: fc.constantFrom('add', 'use', 'remove'), n: fc.nat({ max: 9 }) })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
        const order = createLru<Member>()
        const members = Array.from({ length: 10 }, (_, n) => member(`${n}`))
        let model: Member[] = []
        for (const { do: what, n } of acts) {
          const one = members[n] as Member // n is at most 9
          const isIn = model.includes(one)
          if (isIn === (what === 'add')) continue
          if (what === 'add') order.add(one)
          if (what === 'use') order.use(one)
          if (what === 'remove') order.remove(one)
          model = model.filter((other) => other !== one)
          if (what !== 'remove') model.push(one)
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
