import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DeclaredLabel } from '../../../src/metrics/series/labels.ts'
import { SeriesIndex } from '../../../src/metrics/series/series-index.ts'

const closed: DeclaredLabel = { name: 'outcome', values: new Set(['hit', 'miss']) }
const open: DeclaredLabel = { name: 'route', max: 2 }

/** An index whose series are their label values, joined. */
function indexOf(...labels: DeclaredLabel[]) {
  return indexWith(() => {}, ...labels)
}

function indexWith(beforeOverflow: (index: SeriesIndex<string>) => void, ...labels: DeclaredLabel[]) {
  const added: string[] = []
  const calls = { beforeNewValue: 0, overflows: 0 }
  const index: SeriesIndex<string> = new SeriesIndex('reads', labels, {
    add(values) {
      added.push(values.join())
      return values.join()
    },
    beforeNewValue: () => void calls.beforeNewValue++,
    beforeOverflow: () => beforeOverflow(index),
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

  it('lookup finds only series that exist, by labels in declared order', () => {
    const { index, added } = indexOf(closed, open)
    assert.equal(index.lookup({ outcome: 'hit', route: '/a' }), undefined)
    index.find({ outcome: 'hit', route: '/a' })
    assert.equal(index.lookup({ outcome: 'hit', route: '/a' }), 'hit,/a')
    for (const labels of [
      { route: '/a', outcome: 'hit' },
      { outcome: 'hit' },
      { outcome: 'hit', route: '/a', more: '' },
    ]) {
      assert.equal(index.lookup(labels), undefined)
    }
    assert.equal(index.existing({ route: '/a', outcome: 'hit' }), 'hit,/a')
    assert.equal(index.existing({ outcome: 'hit', route: '/b' }), undefined)
    assert.deepEqual(added, ['hit,/a'])
  })

  it('delete gives the places of values back that no other series has', () => {
    const { index, calls } = indexOf({ name: 'user', max: 2 }, open)
    for (const user of ['ada', 'bob']) for (const route of ['/a', '/b']) index.find({ user, route })
    const series = (user: string, route: string) => index.find({ user, route })
    index.delete(['ada', '/a'])
    assert.equal(index.existing({ user: 'ada', route: '/a' }), undefined)
    assert.equal(series('bob', '/c'), 'bob,other') // bob still has /a
    index.delete(['bob', '/a'])
    assert.equal(series('bob', '/c'), 'bob,/c')
    assert.equal(series('eve', '/b'), 'other,/b') // ada still has /b
    index.delete(['ada', '/b'])
    assert.equal(series('eve', '/b'), 'eve,/b')
    assert.equal(series('ada', '/b'), 'other,/b')
    assert.equal(calls.overflows, 3)
  })

  it('find calls beforeOverflow before a value is replaced, which may give a place back', () => {
    const { index, calls } = indexWith(
      (index) => index.existing({ route: '/a' }) && index.delete(['/a']),
      open,
    )
    for (const route of ['/a', '/b']) index.find({ route })
    assert.equal(index.find({ route: '/c' }), '/c')
    assert.equal(index.find({ route: '/d' }), 'other')
    assert.deepEqual(calls, { beforeNewValue: 3, overflows: 1 })
  })

  it('replace puts another series in the place of one', () => {
    const { index } = indexOf(closed, open)
    index.find({ outcome: 'hit', route: '/a' })
    index.replace(['hit', '/a'], 'another')
    assert.equal(index.lookup({ outcome: 'hit', route: '/a' }), 'another')
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
