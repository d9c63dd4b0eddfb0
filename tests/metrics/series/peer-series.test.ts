import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { endRemoval, headerLength, markRemoved, readState } from '../../../src/metrics/memory/cell-header.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import { PeerSeries } from '../../../src/metrics/series/peer-series.ts'
import { noParts, type Series } from '../../../src/metrics/series/series.ts'

const family = new Families(
  new CellAllocator(Date.now),
  () => {},
  () => {},
).declare(declarationOf('counter', { name: 'reads_total', help: 'Reads.', labels: { route: { max: 9 } } }))
const first = family.adopt('route="/a"')
const second = family.adopt('route="/b"')
const [one, other] = [headerLength, 20]

/** Two cells, of the second and of the first series. */
function begin() {
  const calls = { changes: 0 }
  const peer = new PeerSeries({ isAttached: true, markChanged: () => void calls.changes++ })
  const ints = new Int32Array(64)
  peer.add({ ints: new Int32Array(16), at: one })
  peer.add({ ints, at: other })
  const link = (a: Series, b: Series) => peer.link((at) => (at === one ? a : b))
  link(second, first)
  return { peer, ints, link, calls }
}

describe('PeerSeries', () => {
  it('iterates over the cells with their series, in the order of the journal', () => {
    const { peer, ints } = begin()
    assert.deepEqual(
      [...peer],
      [
        { series: second, ints, at: one, parts: noParts },
        { series: first, ints, at: other, parts: noParts },
      ],
    )
  })

  it('unlinkChanged parts cells from a series that was removed, and link finds the next one', () => {
    const { peer, ints, link } = begin()
    peer.takeUnlinked()
    peer.unlinkChanged()
    assert.deepEqual([peer.takeUnlinked(), peer.isStale], [[], false])
    markRemoved(ints, one, readState(ints, one))
    assert.equal(peer.isStale, true)
    peer.unlinkChanged()
    assert.deepEqual([peer.takeUnlinked(), peer.takeUnlinked()], [[second], []])
    link(first, first)
    assert.deepEqual(peer.series, [undefined, first])
    endRemoval({ ints, at: one })
    link(first, first)
    assert.deepEqual(peer.series, [first, first])
  })

  it('takeUnlinked returns undefined at first, and after many series', () => {
    const { peer, ints, link } = begin()
    assert.equal(peer.takeUnlinked(), undefined)
    for (const [rounds, expected] of [
      [15, 15],
      [16, undefined],
    ] as const) {
      for (let i = 0; i < rounds; i++) {
        markRemoved(ints, one, readState(ints, one))
        peer.unlinkChanged()
        endRemoval({ ints, at: one })
        link(second, first)
      }
      assert.equal(peer.takeUnlinked()?.length, expected)
    }
  })

  it('takeUnlinked returns a series that was found for cells whose state changed meanwhile', () => {
    const { peer, ints } = begin()
    peer.takeUnlinked()
    markRemoved(ints, one, readState(ints, one))
    peer.unlinkChanged()
    endRemoval({ ints, at: one })
    peer.link((at) => {
      markRemoved(ints, at, readState(ints, at))
      return first
    })
    assert.deepEqual(peer.takeUnlinked(), [second, first])
  })

  it('link leaves cells alone whose state changes while the labels are read', () => {
    const { peer, ints, link } = begin()
    markRemoved(ints, one, readState(ints, one))
    peer.unlinkChanged()
    endRemoval({ ints, at: one })
    peer.link((at) => {
      markRemoved(ints, at, readState(ints, at))
      endRemoval({ ints, at })
      return first
    })
    assert.deepEqual(peer.series, [undefined, first])
    link(second, first)
    assert.deepEqual(peer.series, [second, first])
  })

  it('remove marks the cells of the series, unless they are those of another series by now', () => {
    const { peer, ints, calls } = begin()
    peer.remove(second)
    assert.deepEqual([readState(ints, one), readState(ints, other)], [1, 0])
    markRemoved(ints, other, 0)
    endRemoval({ ints, at: other })
    peer.remove(first)
    peer.remove(first)
    assert.deepEqual([readState(ints, other), peer.series, calls.changes], [2, [undefined, undefined], 1])
  })

  it('addPart adds a part to the cells at this index', () => {
    const { peer, ints } = begin()
    assert.equal(peer.lastPart, -1)
    peer.addPart(other, 2, { ints, at: 40 })
    peer.addPart(other, 1, { ints, at: 50 })
    assert.deepEqual([...peer.partsAt(other)], [undefined, { ints, at: 50 }, { ints, at: 40 }])
    assert.deepEqual([peer.partsAt(one), peer.lastPart], [[], 2])
  })
})
