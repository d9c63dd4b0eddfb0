import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUDGET, CompleteVisits, SampledVisits, type Visit } from '../../../src/cache/values/member-visits.ts'

const go = () => false

describe('CompleteVisits', () => {
  it('all members are visited, each for itself', () => {
    const visited: number[] = []
    new CompleteVisits(5).visit(5, 1, BUDGET, go, (index, weight) => visited.push(index * weight))
    assert.deepEqual(visited, [0, 1, 2, 3, 4])
  })

  it('the visits fail if there are too many members', () => {
    const visits = new CompleteVisits(10)
    for (const hasFailed of [false, true]) {
      visits.visit(
        6,
        1,
        BUDGET,
        () => visits.hasFailed,
        () => undefined,
      )
      assert.equal(visits.hasFailed, hasFailed)
    }
  })
})

describe('SampledVisits', () => {
  it('the members of a sample are different ones, from all parts, and their weights cover all members', () => {
    const count = 100_000
    const indexes = new Set<number>()
    const deciles = new Set<number>()
    let sum = 0
    new SampledVisits().visit(count, 1, BUDGET, go, (index, weight) => {
      indexes.add(index)
      deciles.add(Math.floor((10 * index) / count))
      sum += weight
    })
    assert.deepEqual([indexes.size, deciles.size], [BUDGET / 4, 10])
    assert.equal(sum > count && sum < 1.05 * count, true, `${sum}`)
  })

  it('few members are all visited, each for itself', () => {
    const visited: number[] = []
    new SampledVisits().visit(3, 1, BUDGET, go, (index, weight) => visited.push(index * weight))
    assert.deepEqual(visited, [0, 1, 2])
  })

  it('the visits fail if a sample of a sample goes too deep', () => {
    const visits = new SampledVisits()
    let visited = 0
    const visit: Visit = (_, weight, budget) => {
      visited++
      visits.visit(1000, weight, budget, () => visits.hasFailed, visit)
    }
    visits.visit(1000, 1, BUDGET, () => visits.hasFailed, visit)
    assert.equal(visits.hasFailed, true)
    assert.equal(visited < 8 * BUDGET, true)
  })
})

it('no member is visited after the end', () => {
  for (const visits of [new SampledVisits(), new CompleteVisits(1000)]) {
    let visited = 0
    visits.visit(
      1000,
      1,
      BUDGET,
      () => visited === 3,
      () => visited++,
    )
    assert.equal(visited, 3)
  }
})
