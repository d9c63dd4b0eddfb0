import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ItemKeys } from '../../../../src/stores/memcached/items/item-keys.ts'

describe('the keys of items', () => {
  it('keys differ for each item of each namespace, whatever its parts contain', () => {
    const texts = ['a', 'a:', ':a', 'a:a', 'a:a:a', '1:a', 'n', 'm', 'ma', 'ta', 'wa', 'e1:a:a', '1']
    const keys = texts.flatMap((namespace) => {
      const items = new ItemKeys(namespace)
      return texts.flatMap((name) => [
        ...[items.name(name), items.tag(name), items.write(name)],
        ...texts.flatMap((version) => [items.entry({ name, version }), items.refresh({ name, version })]),
      ])
    })
    keys.push(...texts.map((namespace) => new ItemKeys(namespace).namespace()))
    assert.equal(new Set(keys).size, texts.length * (1 + texts.length * (3 + 2 * texts.length)))
  })

  it('keys of short names are readable, and those of long names short', () => {
    const keys = new ItemKeys('hitrate:users')
    assert.equal(keys.entry({ name: 'user:1', version: '1.0' }), '13:hitrate:users:e3:1.0:user:1')
    const long = ['1', '2'].map((end) => keys.name('n'.repeat(249) + end))
    assert.notEqual(long[0], long[1])
    for (const key of long) assert.ok(key.length <= 250)
  })
})
