import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  BUCKETS,
  HITS,
  LOSSES,
  ROW,
  RUNNING,
  WorthCurve,
} from '../../../../../src/stores/memory/eviction/density/worth-curve.ts'

type Counts = Readonly<Record<number, number>>

function worthOf(hits: Counts, losses: Counts, running: Counts = {}): Float64Array {
  const row = new Float64Array(ROW)
  for (let b = 0; b < BUCKETS; b++) {
    row[4 * b + HITS] = hits[b] ?? 0.001
    row[4 * b + LOSSES] = losses[b] ?? 0.001
    row[4 * b + RUNNING] = running[b] ?? 0
  }
  return new WorthCurve().worthOf(row, BUCKETS)
}

describe('WorthCurve', () => {
  it('is the greatest chance of a hit for each request of the stay', () => {
    // Straight from the definition, over all spans.
    const [hits, losses, running] = [{ 2: 30, 5: 10, 9: 60 }, { 4: 20, 9: 40 }, { 5: 8 }]
    const worth = worthOf(hits, losses, running)
    const at = (counts: Counts, b: number, none: number) => counts[b] ?? none
    let atRisk = 0
    for (let b = 0; b < BUCKETS; b++) atRisk += at(hits, b, 0.001) + at(losses, b, 0.001) + at(running, b, 0)
    let [alive, chance, stay] = [1, 0, 0]
    const points = [{ chance, stay }]
    for (let b = 0; b < BUCKETS; b++) {
      const risk = atRisk - at(running, b, 0) / 2
      const [hit, lost] = [at(hits, b, 0.001) / risk, at(losses, b, 0.001) / risk]
      chance += alive * hit
      stay += alive * (1 - (hit + lost) / 2) * 2 ** b
      alive *= 1 - hit - lost
      atRisk -= at(hits, b, 0.001) + at(losses, b, 0.001) + at(running, b, 0)
      points.push({ chance, stay })
    }
    for (const [b, { chance, stay }] of points.slice(0, 12).entries()) {
      const slopes = points.slice(b + 1).map((end) => (end.chance - chance) / (end.stay - stay))
      assert.ok(Math.abs((worth[b] as number) / Math.max(...slopes) - 1) < 0.01, `age ${b}`)
    }
  })

  it('rises with age in a loop, where all hits come late', () => {
    const worth = worthOf({ 10: 1000 }, {})
    for (let b = 1; b <= 10; b++) assert.ok((worth[b] as number) > (worth[b - 1] as number), `age ${b}`)
  })

  it('falls with age if most hits come early', () => {
    const worth = worthOf({ 0: 64, 1: 32, 2: 16, 3: 8, 4: 4, 5: 2, 6: 1 }, { 7: 30 })
    for (let b = 1; b <= 6; b++) assert.ok((worth[b] as number) < (worth[b - 1] as number), `age ${b}`)
  })

  it('is smaller if intervals that go on are known', () => {
    const hits = { 2: 10, 3: 10 }
    assert.ok((worthOf(hits, {}, { 3: 100 })[2] as number) < (worthOf(hits, {})[2] as number))
  })
})
