import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FIRST_REQUEST, nextPast } from '../../../../../src/stores/memory/eviction/density/past.ts'
import {
  HITS,
  LOSSES,
  RUNNING,
  WORTH,
} from '../../../../../src/stores/memory/eviction/density/worth-curve.ts'
import { cellOf, WorthTable } from '../../../../../src/stores/memory/eviction/density/worth-table.ts'

const second = nextPast(FIRST_REQUEST, 100)
const third = nextPast(second, 100)

function worthOf({ cells }: WorthTable, past: number, age: number): number {
  return cells[cellOf(past, age) + WORTH] as number
}

describe('WorthTable', () => {
  it('has less worth for a greater age from the start, as LRU', () => {
    const table = new WorthTable()
    for (const past of [FIRST_REQUEST, second, third]) {
      const worth = [0, 1, 10, 100, 1000, 2 ** 30].map((age) => worthOf(table, past, age))
      assert.deepEqual(
        worth.toSorted((a, b) => b - a),
        worth,
      )
      assert.ok(worth.every((one) => one > 0))
    }
  })

  it('learns the worth of a class from its intervals', () => {
    const table = new WorthTable()
    table.cells[cellOf(FIRST_REQUEST, 1000) + LOSSES] = 1000
    table.cells[cellOf(second, 100) + HITS] = 1000
    table.learn(0, 20_000)
    assert.ok(worthOf(table, second, 50) > 100 * worthOf(table, FIRST_REQUEST, 50))
    assert.ok(worthOf(table, second, 500) < worthOf(table, second, 50), 'the time of the hits has passed')
  })

  it('learns the worth of a class without intervals from others', () => {
    const table = new WorthTable()
    const before = worthOf(table, third, 50)
    table.cells[cellOf(second, 100) + HITS] = 1000
    table.learn(0, 20_000)
    assert.ok(worthOf(table, third, 50) > 2 * before)
  })

  it('fades the intervals, and drops those that go on', () => {
    const table = new WorthTable()
    table.cells[cellOf(second, 100) + HITS] = 1000
    table.cells[cellOf(second, 100) + RUNNING] = 1000
    table.learn(20_000, 20_000)
    assert.equal(table.cells[cellOf(second, 100) + HITS], 500)
    assert.equal(table.cells[cellOf(second, 100) + RUNNING], 0)
  })
})
