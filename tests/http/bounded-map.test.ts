import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBoundedMap } from '../../src/http/bounded-map.ts'

describe('a bounded map', () => {
  it('evicts the oldest entries beyond maxLength characters', () => {
    const map = createBoundedMap<number>({ maxLength: 4 })
    map.set('aa', 1)
    map.set('bb', 2)
    map.set('c', 3)
    assert.deepEqual([map.get('aa'), map.get('bb'), map.get('c')], [undefined, 2, 3])
  })

  it('evicts the oldest entries beyond maxEntries', () => {
    const map = createBoundedMap<number>({ maxLength: 100, maxEntries: 2 })
    for (const key of ['a', 'b', 'c']) map.set(key, 0)
    assert.deepEqual([map.size, map.get('a')], [2, undefined])
  })

  it('treats an entry that is set again as the newest', () => {
    const map = createBoundedMap<number>({ maxLength: 2 })
    for (const key of ['a', 'b', 'a', 'c']) map.set(key, 0)
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [0, undefined, 0])
  })

  it('subtracts the length of replaced and deleted entries', () => {
    const map = createBoundedMap<string>({
      maxLength: 10,
      lengthOf: (key, value) => key.length + value.length,
    })
    map.set('a', '12345678')
    map.set('a', '1')
    map.set('b', '123456')
    assert.equal(map.get('a'), '1')
    map.delete('b')
    map.delete('b')
    map.set('c', '1234567')
    assert.equal(map.get('a'), '1')
    map.set('d', '')
    assert.equal(map.get('a'), undefined)
  })

  it('does not store an entry longer than maxLength', () => {
    const map = createBoundedMap<number>({ maxLength: 2 })
    map.set('a', 1)
    map.set('bbb', 2)
    assert.equal(map.size, 0)
  })
})
