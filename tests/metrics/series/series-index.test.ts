import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DeclaredLabel } from '../../../src/metrics/series/labels.ts'
import { SeriesIndex } from '../../../src/metrics/series/series-index.ts'

const closed: DeclaredLabel = { name: 'outcome', values: new Set(['hit', 'miss']) }
const open: DeclaredLabel = { name: 'route', max: 2 }

/** An index whose series are their label values, joined. */
function indexOf(...labels: DeclaredLabel[]) {
  const added: string[] = []
  const calls = { beforeNewValue: 0, overflows: 0 }
  const index = new SeriesIndex('reads', labels, {
    add(values) {
      added.push(values.join())
      return values.join()
    },
    beforeNewValue: () => void calls.beforeNewValue++,
    onOverflow: () => void calls.overflows++,
  })
  return { index, added, calls }
}

describe('SeriesIndex', () => {
  it('find adds a series once, whatever the order of the labels', () => {
    const { index, added } = indexOf(closed, open)
    assert.equal(index.find({ outcome: 'hit', route: '/a' }), 'hit,/a')
    assert.equal(index.find({ route: '/a', outcome: 'hit' }), 'hit,/a')
    assert.equal(index.find({ outcome: 'miss', route: '/a' }), 'miss,/a')
    assert.deepEqual(added, ['hit,/a', 'miss,/a'])
  })

  it('addAll adds every combination of closed labels, in declared order', () => {
    const { index, added } = indexOf(closed, { name: 'tier', values: new Set(['memory', 'remote']) })
    index.addAll()
    assert.deepEqual(added, ['hit,memory', 'hit,remote', 'miss,memory', 'miss,remote'])
    index.find({ outcome: 'hit', tier: 'remote' })
    assert.equal(added.length, 4)
  })

  it('find counts values above the maximum of an open label as other', () => {
    const { index, added, calls } = indexOf(open)
    for (const route of ['/a', '/b', '/c', '/d', '/c']) index.find({ route })
    assert.deepEqual(added, ['/a', '/b', 'other'])
    assert.equal(calls.overflows, 3)
  })

  it('find calls beforeNewValue only before a value that takes a place', () => {
    const { index, calls } = indexOf(open)
    for (const route of ['/a', '/a', 'other', '/b', '/c']) index.find({ route })
    assert.equal(calls.beforeNewValue, 2)
  })

  it('adopted values take places of the maximum, except the overflow value', () => {
    const { index, added, calls } = indexOf(open)
    for (const route of ['/a', 'other', '/b']) index.adopt([route])
    assert.equal(index.find({ route: '/a' }), '/a')
    assert.equal(index.find({ route: '/c' }), 'other')
    assert.deepEqual(added, ['/a', 'other', '/b'])
    assert.deepEqual(calls, { beforeNewValue: 0, overflows: 1 })
  })

  it('find adds no series for wrong names or a value outside the closed set, and names both', () => {
    const { index, added } = indexOf(closed, open)
    const wrong: [labels: Record<string, unknown>, message: string][] = [
      [{ outcome: 'hit' }, 'reads: labels must be outcome, route, got outcome'],
      [{}, 'reads: labels must be outcome, route, got none'],
      [
        { outcome: 'hit', route: '/', more: '1' },
        'reads: labels must be outcome, route, got outcome, route, more',
      ],
      [{ outcome: 'stale', route: '/' }, 'reads: label outcome must be one of "hit", "miss", got "stale"'],
    ]
    for (const [labels, message] of wrong) assert.throws(() => index.find(labels), { message })
    assert.throws(() => index.find({ outcome: 'hit', route: 1 }), TypeError)
    assert.deepEqual(added, [])
  })
})
