import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Families } from '../../../src/metrics/families.ts'
import { addWide, eachWide, finite, moveWide, wideLength } from '../../../src/metrics/kinds/wide-sum.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'

function counter() {
  const families = new Families(
    new CellAllocator(Date.now),
    () => {},
    () => assert.fail(),
  )
  return families.declare(
    declarationOf('counter', { name: 'a_total', help: 'A.', labels: { l: ['x', 'y'] } }),
  )
}

describe('addWide', () => {
  it('addWide sums up per series, and ends at the largest double', () => {
    const family = counter()
    const sums = () => {
      const all: [ordinal: number, units: number][] = []
      eachWide(family, (ordinal, units) => all.push([ordinal, units]))
      return all
    }
    assert.deepEqual(sums(), [])
    const second = family.series[1] ?? assert.fail()
    addWide(second, 2 ** 60)
    addWide(second, 2 ** 70)
    assert.deepEqual(sums(), [[1, 2 ** 60 + 2 ** 70]])
    addWide(second, Number.POSITIVE_INFINITY)
    assert.deepEqual(sums(), [[1, Number.MAX_VALUE]])
  })

  it('moveWide adds one cell to another', () => {
    const ints = new Int32Array(2 * wideLength)
    const family = counter()
    const series = family.series[0] ?? assert.fail()
    addWide(series, 5)
    const from = series.parts.at(-1) ?? assert.fail()
    const to = { ints, at: wideLength }
    moveWide(from, to)
    moveWide(from, to)
    moveWide(to, from)
    const all: number[] = []
    eachWide(family, (_, units) => all.push(units))
    assert.deepEqual(all, [15])
  })
})

describe('finite', () => {
  it('finite replaces infinity by the largest double', () => {
    assert.deepEqual([finite(1), finite(Number.POSITIVE_INFINITY)], [1, Number.MAX_VALUE])
  })
})
