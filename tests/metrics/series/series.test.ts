import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Series, withPart } from '../../../src/metrics/series/series.ts'

const place = (at: number) => ({ ints: new Int32Array(16), at })
const series = () => new Series(['a', 'b'], ['1', '"'], 0, 100)

describe('Series', () => {
  it('text holds the labels as the text formats write them', () => {
    assert.equal(series().text, 'a="1",b="\\""')
  })

  it('relocate returns the previous cells, if there are any', () => {
    const one = series()
    assert.equal(one.isPlaced, false)
    const first = place(0)
    assert.equal(one.relocate({ ...first, parts: [], number: 0 }), undefined)
    assert.equal(one.isPlaced, true)
    const part = place(8)
    one.addPart(0, part)
    const second = place(4)
    assert.deepEqual(one.relocate({ ...second, parts: [], number: 1 }), {
      ...first,
      parts: [part],
    })
    assert.deepEqual([one.ints, one.at, one.number, one.parts], [second.ints, 4, 1, []])
  })

  it('cells yields this thread’s cells, then those of other threads', () => {
    const one = series()
    const peer = one.addPeer(place(0), { isAttached: true }, 0, 100)
    assert.deepEqual([...one.cells()], [peer])
    one.relocate({ ...place(4), parts: [], number: 0 })
    assert.deepEqual([...one.cells()], [one, peer])
  })

  it('created is the earliest time of all threads', () => {
    const one = series()
    one.addPeer(place(0), { isAttached: true }, 0, 200)
    assert.equal(one.created, 100)
    one.addPeer(place(0), { isAttached: true }, 1, 50)
    assert.equal(one.created, 50)
  })

  it('dropPeers removes the cells that the function selects; cellsIn finds those of one arena', () => {
    const one = series()
    const [first, second] = [{ isAttached: true }, { isAttached: true }]
    one.addPeer(place(0), first, 0, 100)
    const kept = one.addPeer(place(4), second, 0, 100)
    one.dropPeers(({ arena }) => arena === first)
    assert.deepEqual(one.peers, [kept])
    assert.equal(one.cellsIn(first), undefined)
    assert.equal(one.cellsIn(second), kept)
  })

  it('withPart leaves the given parts unchanged', () => {
    const parts = [place(0)]
    const more = place(4)
    assert.deepEqual(withPart(parts, 1, more), [...parts, more])
    assert.equal(parts.length, 1)
  })
})
