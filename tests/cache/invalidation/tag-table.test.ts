import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { earliestOf, type TagMarks, TagTable } from '../../../src/cache/invalidation/tag-table.ts'

/** A table whose tags enter without marks, and a record of those that leave: name and number. */
function setUp() {
  const released: [string, number][] = []
  const table = new TagTable({
    marksOf: () => ({ invalidatedAt: 0, expiry: undefined }),
    onRelease: (name, { invalidatedAt }) => released.push([name, invalidatedAt]),
  })
  return { table, released }
}

function invalidate(table: TagTable, name: string, sequence: number): void {
  const tag = table.find(name)
  if (tag !== undefined) tag.invalidatedAt = sequence
}

describe('TagTable', () => {
  it('a tag leaves with the last entry that has it, and its number is reported', () => {
    const { table, released } = setUp()
    const entries = [table.hold(['a']), table.hold(['a', 'b']), table.hold(['c', 'a'])]
    assert.equal(table.size, 3)
    invalidate(table, 'a', 5)
    for (const entry of entries) table.release(entry)
    assert.deepEqual(released, [
      ['b', 0],
      ['c', 0],
      ['a', 5],
    ])
    assert.deepEqual([table.size, table.find('a')], [0, undefined])
  })

  it('an entry is invalid if one of its tags was invalidated after its number', () => {
    const { table } = setUp()
    const one = table.hold(['a'])
    const several = table.hold(['b', 'a'])
    invalidate(table, 'a', 5)
    for (const held of [one, several]) {
      assert.deepEqual([held.isInvalidatedAfter(4), held.isInvalidatedAfter(5)], [true, false])
    }
    assert.equal(table.hold(['b']).isInvalidatedAfter(4), false)
  })

  it('an entry is stale since the earliest expiry of its tags after its number', () => {
    const { table } = setUp()
    const held = table.hold(['a', 'b'])
    const expire = (name: string, mark: TagMarks['expiry']) =>
      Object.assign(table.find(name) ?? {}, { expiry: mark })
    assert.equal(held.staleSince(0), undefined)
    expire('a', { sequence: 5, at: 100 })
    expire('b', { sequence: 6, at: 90 })
    assert.deepEqual(
      [4, 5, 6].map((sequence) => held.staleSince(sequence)),
      [90, 90, undefined],
    )
    expire('b', { sequence: 6, at: 200 })
    assert.deepEqual(
      [4, 5].map((sequence) => held.staleSince(sequence)),
      [100, 200],
    )
    assert.deepEqual([table.hold(['a']).staleSince(4), table.hold(['a']).staleSince(5)], [100, undefined])
  })

  it('entries with the same tags share one list, also after entries with other tags that end differently', () => {
    const { table } = setUp()
    const first = table.hold(['a', 'b'])
    assert.equal(table.hold(['c', 'd']) === first, false)
    assert.equal(table.hold(['a', 'b']), first)
    assert.equal(table.hold(['b', 'a']) === first, false)
    const one = table.hold(['a'])
    assert.equal(table.hold(['a']), one)
    assert.deepEqual([first.names, one.names], [['a', 'b'], ['a']])
  })

  it('a list that no entry has any more is not shared again', () => {
    const { table } = setUp()
    const first = table.hold(['a', 'b'])
    table.hold(['a'])
    table.release(first)
    const second = table.hold(['a', 'b'])
    assert.equal(second === first, false)
    table.release(second)
    assert.equal(table.size, 1)
  })

  it('a tag that is listed twice leaves with its entry', () => {
    const { table } = setUp()
    table.release(table.hold(['a', 'a']))
    assert.equal(table.size, 0)
  })

  it('an entry from before clear leaves later tags of the same name alone', () => {
    const { table } = setUp()
    const old = [table.hold(['a']), table.hold(['a', 'b'])]
    table.clear()
    const later = table.hold(['a'])
    for (const held of old) table.release(held)
    assert.equal(table.size, 1)
    invalidate(table, 'a', 5)
    assert.equal(later.isInvalidatedAfter(4), true)
  })
})

describe('earliestOf', () => {
  it('earliestOf returns the lowest time, and undefined without one', () => {
    assert.deepEqual(
      [earliestOf([3, undefined, 2]), earliestOf([undefined]), earliestOf([])],
      [2, undefined, undefined],
    )
  })
})
