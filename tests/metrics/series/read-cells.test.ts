import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { headerLength, writeCreated } from '../../../src/metrics/memory/cell-header.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import { createdTimes, eachCells } from '../../../src/metrics/series/read-cells.ts'

function begin() {
  let now = 100_000
  const family = new Families(
    new CellAllocator(() => now),
    () => {},
    () => {},
  ).declare(declarationOf('counter', { name: 'reads_total', help: 'Reads.', labels: { route: { max: 9 } } }))
  const first = family.bind({ route: '/a' })
  now = 200_000
  const second = family.bind({ route: '/b' })
  const theirs = { ints: new Int32Array(8), at: headerLength }
  writeCreated(theirs, 150)
  const arena = { isAttached: true, markChanged() {} }
  const peer = family.addPeer(arena, undefined)
  peer.add(theirs)
  peer.link(() => second)
  return { family, first, second, theirs, arena }
}

describe('eachCells and createdTimes', () => {
  it('eachCells visits the cells of this thread, then those of the others', () => {
    const { family, first, second, theirs, arena } = begin()
    const visited: unknown[] = []
    eachCells(family, (...cells) => visited.push(cells))
    assert.deepEqual(visited, [
      [0, first.ints, first.at, undefined],
      [1, second.ints, second.at, undefined],
      [1, theirs.ints, theirs.at, arena],
    ])
  })

  it('createdTimes returns the earliest time of all threads', () => {
    assert.deepEqual([...createdTimes(begin().family)], [100, 150])
  })
})
