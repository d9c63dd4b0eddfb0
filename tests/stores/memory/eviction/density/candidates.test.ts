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
    const candidates = new Candidates(4)
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
    const candidates = new Candidates(4)
    for (const score of [5, 3, 9, 1]) candidates.add(10 * score, score)
    assert.equal(candidates.limit, 9)
    candidates.add(20, 2)
    assert.equal(candidates.limit, 5)
    assert.deepEqual(taken(candidates), [
      [10, 1],
      [20, 2],
      [30, 3],
      [50, 5],
    ])
  })

  it('has no limit from the time on when half of the places are free', () => {
    const candidates = new Candidates(4)
    for (const score of [1, 2, 3, 4]) candidates.add(score, score)
    candidates.removeLeast()
    assert.equal(candidates.limit, 4)
    candidates.removeLeast()
    candidates.removeLeast()
    assert.equal(candidates.limit, Infinity)
  })
})
