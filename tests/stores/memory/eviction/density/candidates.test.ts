import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Candidates } from '../../../../../src/stores/memory/eviction/density/candidates.ts'

function taken(candidates: Candidates): [slot: number, score: number][] {
  const all: [number, number][] = []
  while (candidates.score < Infinity) {
    all.push([candidates.slot, candidates.score])
    candidates.removeLeast()
  }
  return all
}

describe('Candidates', () => {
  it('are taken from the least score on', () => {
    const candidates = new Candidates()
    for (const [slot, score] of [
      [7, 3],
      [8, 1],
      [9, 2],
    ] as const)
      candidates.add(slot, score)
    assert.deepEqual(taken(candidates), [
      [8, 1],
      [9, 2],
      [7, 3],
    ])
  })

  it('a full list drops the greatest score, which is the limit', () => {
    const candidates = new Candidates()
    for (const score of [5, 3, 9, 1, 6, 7, 8]) candidates.add(10 * score, score)
    assert.equal(candidates.limit, Infinity)
    candidates.add(40, 4)
    assert.equal(candidates.limit, 9)
    candidates.add(20, 2)
    assert.equal(candidates.limit, 8)
    assert.deepEqual(taken(candidates), [
      [10, 1],
      [20, 2],
      [30, 3],
      [40, 4],
      [50, 5],
      [60, 6],
      [70, 7],
      [80, 8],
    ])
  })

  it('has no limit from the time on when half of the places are free', () => {
    const candidates = new Candidates()
    for (const score of [1, 2, 3, 4, 5, 6, 7, 8]) candidates.add(score, score)
    for (let i = 0; i < 4; i++) candidates.removeLeast()
    assert.equal(candidates.limit, 8)
    candidates.removeLeast()
    assert.equal(candidates.limit, Infinity)
  })
})
