import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Entry } from '../../../src/stores/entry.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

const KEYS = Array.from({ length: 3000 }, (_, i) => (i % 2 === 0 ? `a:${i}` : `b:${i}`))

function entry(parts: Partial<Entry> = {}): Entry {
  const until = { freshUntil: 100, revalidateUntil: 100, errorUntil: 100, keptUntil: 100 }
  const flags = { mustRevalidate: false, negative: false, tags: [] }
  return { value: 'v', madeAt: 0, bytes: 0, sequence: 0, ...until, ...flags, ...parts }
}

/** A store with entries of two namespaces, some of them negative. */
function filled() {
  const store = memoryStore()
  const removed: unknown[] = []
  const onRemoval = ({ value }: Entry) => removed.push(value)
  store.attach({ name: 'a', prefix: 'a:', onEviction() {}, onRemoval, onClear: () => removed.push('all') })
  store.attach({ name: 'b', prefix: 'b:', onEviction() {}, onRemoval() {} })
  for (const [i, key] of KEYS.entries()) store.set(key, entry({ value: key, negative: i % 7 === 0 }))
  return { store, removed }
}

describe('clear of one namespace among others', () => {
  it('the entries are gone at once, and their memory in steps', () => {
    const { store, removed } = filled()
    store.clear('a:')
    for (const key of KEYS) assert.equal(store.peek(key) === undefined, key.startsWith('a:'), key)
    assert.equal(store.get('a:2998'), undefined)
    const { entries } = store.stats()
    assert.equal(entries > 1500 && entries < 3000, true, 'a step, not all, was done at once')
    while (store.sweep(0));
    assert.equal(store.stats().entries, 1500)
    assert.equal(removed.length, 1500)
    assert.equal(removed.includes('all'), false)
  })

  it('an entry that is stored meanwhile stays, and an older one cannot be deleted twice', () => {
    const { store } = filled()
    store.clear('a:')
    assert.equal(store.delete('a:0'), false)
    store.set('a:2', entry({ value: 'new' }))
    store.set('a:4', entry({ value: 'new', negative: true }))
    store.set('a:new', entry({ value: 'new' }))
    while (store.sweep(0));
    const kept = ['a:0', 'a:2', 'a:4', 'a:new'].map((key) => store.peek(key)?.value)
    assert.deepEqual(kept, [undefined, 'new', 'new', 'new'])
    assert.equal(store.stats().entries, 1503)
  })

  it('a clear during a clear covers what was stored between them', () => {
    const { store } = filled()
    store.clear('a:')
    store.set('a:2', entry())
    store.clear('a:')
    assert.equal(store.peek('a:2'), undefined)
    store.clear('b:')
    assert.deepEqual(
      KEYS.filter((key) => store.peek(key) !== undefined),
      [],
    )
    while (store.sweep(0));
    assert.equal(store.stats().entries, 0)
  })

  it('a clear of everything ends it', () => {
    const { store, removed } = filled()
    store.clear('a:')
    store.clear('')
    assert.equal(store.stats().entries, 0)
    assert.equal(removed.at(-1), 'all')
    store.set('a:2', entry())
    assert.notEqual(store.peek('a:2'), undefined)
  })

  it('other operations between the steps leave no entry of it', () => {
    const { store } = filled()
    store.clear('a:')
    for (let i = 1; i < 2000; i += 2) store.delete(`b:${i}`)
    for (let i = 0; i < 500; i++) store.set(`b:new ${i}`, entry())
    while (store.sweep(0));
    assert.equal(store.stats().entries, 500 + 500)
    for (const key of KEYS) if (key.startsWith('a:')) assert.equal(store.peek(key), undefined)
  })
})

describe('clear of the only namespace with entries', () => {
  it('takes one step, and is reported once', () => {
    const store = memoryStore()
    const reports: string[] = []
    const onRemoval = () => reports.push('removal')
    store.attach({
      name: 'a',
      prefix: 'a:',
      onEviction() {},
      onRemoval,
      onClear: () => reports.push('clear'),
    })
    store.attach({ name: 'b', prefix: 'b:', onEviction() {}, onClear: () => reports.push('b') })
    for (const key of KEYS) if (key.startsWith('a:')) store.set(key, entry())
    store.clear('a:')
    assert.deepEqual([store.stats().entries, reports], [0, ['clear']])
  })
})
