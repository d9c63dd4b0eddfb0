/** Iteration over the keys of a memory store. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Entry } from '../../../src/stores/entry.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import type { MemoryStore } from '../../../src/stores/store.ts'

const entry: Entry = {
  value: 'v',
  madeAt: 0,
  freshUntil: 100,
  revalidateUntil: 100,
  errorUntil: 100,
  keptUntil: 100,
  mustRevalidate: false,
  tags: [],
  negative: false,
  bytes: 10,
  sequence: 0,
}

function keysOf(store: MemoryStore, prefix = ''): Iterable<string> {
  return store.keys?.(prefix) ?? assert.fail('not listed')
}

describe('the keys of a memory store', () => {
  it('are those with the prefix, of entries that exist and of absences', () => {
    const store = memoryStore()
    for (const key of ['a:1', 'a:2', 'b:1']) store.set(key, entry)
    store.set('a:3', { ...entry, negative: true })
    store.delete('a:2')
    assert.deepEqual([...keysOf(store, 'a:')].sort(), ['a:1', 'a:3'])
    assert.deepEqual([...keysOf(store)].sort(), ['a:1', 'a:3', 'b:1'])
  })

  it('come once each while other entries are stored, replaced, moved and removed', () => {
    const store = memoryStore()
    const all = Array.from({ length: 1000 }, (_, i) => `k${i}`)
    for (const key of all) store.set(key, entry)
    const seen = new Set<string>()
    for (const key of keysOf(store)) {
      assert.equal(seen.has(key), false, key)
      seen.add(key)
      store.set(key, { ...entry, value: 'new' })
      store.delete(`k${Number(key.slice(1)) - 1}`) // moves the last entry into the free slot
    }
    assert.deepEqual([...seen].sort(), all.sort())
  })

  it('end although the caller removes and stores each of them again', () => {
    const store = memoryStore()
    for (let i = 0; i < 100; i++) store.set(`k${i}`, entry)
    const seen: string[] = []
    for (const key of keysOf(store)) {
      seen.push(key)
      store.delete(key)
      store.set(key, entry)
    }
    assert.equal(seen.length, 100)
    assert.equal(new Set(seen).size, 100)
  })

  it('end when the store is cleared, or go on with keys that have no entry any more', () => {
    const store = memoryStore()
    for (let i = 0; i < 10; i++) store.set(`k${i}`, entry)
    let listed = 0
    for (const key of keysOf(store)) {
      listed++
      store.clear('')
      assert.equal(store.peek(key), undefined)
    }
    assert.ok(listed <= 10)
  })

  it('are not copied first: a key that is removed before its turn does not come', () => {
    const store = memoryStore()
    for (const key of ['a', 'b', 'c']) store.set(key, entry)
    const seen: string[] = []
    for (const key of keysOf(store)) {
      if (seen.length === 0) for (const other of ['a', 'b', 'c']) if (other !== key) store.delete(other)
      seen.push(key)
    }
    assert.equal(seen.length, 1)
  })
})
