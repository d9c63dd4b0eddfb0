import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TopList } from '../../../src/stores/memory/top-list.ts'

describe('TopList', () => {
  it('keeps the items with the highest scores, the highest first', () => {
    const list = new TopList<string>(3)
    for (const [i, score] of [5, 1, 9, 0, 7, 7, -1, 2].entries()) list.add(score, `${score}@${i}`)
    assert.deepEqual(list.items, ['9@2', '7@4', '7@5'])
  })

  it('admits any positive score while it is not full, then only higher ones than the least', () => {
    const list = new TopList<string>(1)
    assert.deepEqual([list.admits(0), list.admits(0.1)], [false, true])
    list.add(3, 'a')
    assert.deepEqual([list.admits(3), list.admits(4)], [false, true])
  })
})
