import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import { PeerSeries } from '../../../src/metrics/series/peer-series.ts'
import { noParts } from '../../../src/metrics/series/series.ts'

const family = new Families(
  new CellAllocator(Date.now),
  () => {},
  () => {},
).declare(declarationOf('counter', { name: 'reads_total', help: 'Reads.', labels: { route: { max: 9 } } }))
const [first, second, third] = ['/a', '/b', '/c'].map((route) => family.adopt([route])) as [
  ReturnType<typeof family.adopt>,
  ReturnType<typeof family.adopt>,
  ReturnType<typeof family.adopt>,
]

describe('PeerSeries', () => {
  it('iterates over the series with their cells, in the order of the journal', () => {
    const peer = new PeerSeries({ isAttached: true })
    const [small, large] = [new Int32Array(16), new Int32Array(64)]
    peer.add(second, { ints: small, at: 4 })
    peer.add(first, { ints: large, at: 20 })
    assert.deepEqual(
      [...peer],
      [
        { series: second, ints: large, at: 4, parts: noParts },
        { series: first, ints: large, at: 20, parts: noParts },
      ],
    )
  })

  it('addPart adds a part to the series with these cells, also if the series came later', () => {
    const peer = new PeerSeries({ isAttached: true })
    const ints = new Int32Array(64)
    peer.add(first, { ints, at: 4 })
    peer.add(second, { ints, at: 8 })
    assert.equal(peer.lastPart, -1)
    peer.addPart(8, 2, { ints, at: 40 })
    peer.add(third, { ints, at: 12 })
    peer.addPart(12, 1, { ints, at: 50 })
    assert.deepEqual(
      [first, second, third].map((one) => [...peer.partsOf(one)]),
      [[], [undefined, undefined, { ints, at: 40 }], [undefined, { ints, at: 50 }]],
    )
    assert.equal(peer.lastPart, 2)
  })
})
