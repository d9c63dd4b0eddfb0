import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Entries } from '../../../../../src/stores/memory/eviction/density/entries.ts'
import { COUNTED, History } from '../../../../../src/stores/memory/eviction/density/history.ts'
import { FIRST_REQUEST, nextPast } from '../../../../../src/stores/memory/eviction/density/past.ts'
import { countRunning } from '../../../../../src/stores/memory/eviction/density/survey.ts'
import { RUNNING } from '../../../../../src/stores/memory/eviction/density/worth-curve.ts'
import { cellOf, WorthTable } from '../../../../../src/stores/memory/eviction/density/worth-table.ts'

const second = nextPast(FIRST_REQUEST, 100)

describe('countRunning', () => {
  it('counts entries and remembered keys by class and age', () => {
    const entries = new Entries()
    for (let slot = 0; slot < 100; slot++) entries.add(slot, 0, FIRST_REQUEST, slot, 1)
    const history = new History()
    for (const [hash, past] of [
      [1, second],
      [2, second],
      [3, second | COUNTED],
    ] as const) {
      history.put(history.placeFor(hash), hash, 900, past)
    }
    const { cells } = new WorthTable()
    countRunning(cells, 1000, entries, history)
    assert.equal(cells[cellOf(FIRST_REQUEST, 1000) + RUNNING], 100)
    assert.equal(cells[cellOf(second, 100) + RUNNING], 2)
  })

  it('counts a sample of many entries, each of which stands for several', () => {
    const entries = new Entries()
    for (let slot = 0; slot < 10_000; slot++) entries.add(slot, 0, FIRST_REQUEST, slot, 1)
    const { cells } = new WorthTable()
    countRunning(cells, 1000, entries, new History())
    const counted = cells[cellOf(FIRST_REQUEST, 1000) + RUNNING] as number
    assert.ok(counted > 9900 && counted < 10_100, `${counted}`)
  })
})
