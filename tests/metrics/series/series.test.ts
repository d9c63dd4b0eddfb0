import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { headerLength, markRemoved, readState } from '../../../src/metrics/memory/cell-header.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import { noParts, Series, withPart } from '../../../src/metrics/series/series.ts'

const labels = { a: { max: 9 }, b: { max: 9 } }
const family = new Families(
  new CellAllocator(Date.now),
  () => {},
  () => {},
).declare(declarationOf('counter', { name: 'reads_total', help: 'Reads.', labels }))
const place = (at: number) => ({ ints: new Int32Array(16), at })
const series = () => new Series(family, 'a="1",b="\\""', 0)

describe('Series', () => {
  it('labels holds the values of the text', () => {
    assert.deepEqual(series().labels, ['1', '"'])
  })

  it('relocate returns the previous cells, if there are any', () => {
    const one = series()
    assert.equal(one.isPlaced, false)
    const first = place(0)
    assert.equal(one.relocate({ ...first, parts: noParts }), undefined)
    assert.equal(one.isPlaced, true)
    const part = place(8)
    one.addPart(0, part)
    const second = place(4)
    assert.deepEqual(one.relocate({ ...second, parts: [] }), { ...first, parts: [part] })
    assert.deepEqual([one.ints, one.at, one.parts], [second.ints, 4, []])
  })

  it('isLive is false without cells, and once any thread has removed the series', () => {
    const one = series()
    assert.deepEqual([one.isPlaced, one.isLive], [false, false])
    const cells = place(headerLength)
    one.relocate({ ...cells, parts: noParts })
    assert.equal(one.isLive, true)
    markRemoved(cells.ints, cells.at, readState(cells.ints, cells.at))
    assert.deepEqual([one.isPlaced, one.isLive], [true, false])
  })

  it('withPart leaves the given parts unchanged', () => {
    const parts = [place(0)]
    const more = place(4)
    assert.deepEqual(withPart(parts, 1, more), [...parts, more])
    assert.equal(parts.length, 1)
  })
})
