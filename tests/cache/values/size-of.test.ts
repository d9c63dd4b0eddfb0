import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sizeOf } from '../../../src/cache/values/size-of.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { testCache } from '../../support/test-cache.ts'

describe('sizeOf', () => {
  const cases: [string, unknown, number][] = [
    ['a number', 1, 8],
    ['null', null, 8],
    ['undefined', undefined, 8],
    ['a symbol', Symbol('s'), 8],
    ['a string: two bytes for each character', 'four', 24],
    ['a bigint', 2n ** 64n, 16 + 17 / 2],
    ['an empty object', {}, 32],
    ['an empty array', [], 32],
    ['an object: its names and its values', { id: 7, name: 'Ada' }, 32 + (16 + 4 + 8) + (16 + 8 + 22)],
    ['an array: its items', [1, 2, 3], 32 + 3 * 16],
    ['a map: keys and values', new Map([['k', 1]]), 32 + 16 + 18 + 8],
    ['a set', new Set([1, 2]), 32 + 2 * 24],
    ['a date', new Date(0), 32],
    ['bytes', new Uint8Array(1000), 32 + 96 + 1000],
    ['an array buffer', new ArrayBuffer(1000), 1032],
    ['a view of a pool: its own bytes', new Uint8Array(new ArrayBuffer(65_536), 8, 10), 32 + 96 + 10],
    ['a DataView of a pool', new DataView(new ArrayBuffer(65_536), 8, 10), 32 + 96 + 10],
    [
      'a view of a larger buffer: the whole buffer',
      new Uint8Array(new ArrayBuffer(70_000), 8, 10),
      32 + 96 + 32 + 70_000,
    ],
    ['a small Buffer', Buffer.from('abc'), 32 + 96 + 3],
  ]
  for (const [description, value, bytes] of cases) {
    it(`the size of ${description}`, () => assert.equal(sizeOf(value), bytes))
  }

  it('an object that occurs twice or refers to itself is counted once', () => {
    const inner = { x: 1 }
    assert.equal(sizeOf([inner, inner]), sizeOf([inner]) + 8)
    const buffer = new ArrayBuffer(100_000)
    const views = Array.from({ length: 10 }, () => new Uint8Array(buffer, 0, 5))
    assert.equal(sizeOf(views), sizeOf([views[0]]) + 9 * (8 + 32 + 96))
    const circular: { self?: unknown } = {}
    circular.self = circular
    assert.equal(sizeOf(circular), 32 + 16 + 8)
  })

  it('an object without a prototype is counted', () => {
    assert.equal(sizeOf(Object.assign(Object.create(null), { x: 1 })), sizeOf({ x: 1 }))
  })

  it('a value nested a million times is counted without a stack overflow', () => {
    let list: unknown = null
    for (let i = 0; i < 1_000_000; i++) list = [list]
    assert.equal(sizeOf(list) > 32_000_000, true)
  })

  it('a value that cannot be walked is larger than any bound', () => {
    const throws = () => {
      throw new Error('no')
    }
    const getter = Object.defineProperty({}, 'x', { get: throws, enumerable: true })
    assert.equal(sizeOf({ deep: [getter] }), Infinity)
    assert.equal(sizeOf(new Proxy({ x: 1 }, { ownKeys: throws })), Infinity)
    assert.equal(sizeOf(new Proxy({ x: 1 }, { getPrototypeOf: throws })), Infinity)
  })

  it('the walk stops at the limit', () => {
    assert.equal(sizeOf({ x: 1 }, sizeOf({ x: 1 })), sizeOf({ x: 1 }))
    assert.equal(sizeOf({ x: 1 }, sizeOf({ x: 1 }) - 1), Infinity)
    let steps = 0
    const get = () => ++steps
    const objects = Array.from({ length: 100_000 }, () =>
      Object.defineProperty({}, 'x', { get, enumerable: true }),
    )
    for (const value of [
      objects,
      Object.fromEntries(objects.entries()),
      new Map(objects.entries()),
      new Set(objects),
    ]) {
      steps = 0
      assert.equal(sizeOf(value, 10_000), Infinity)
      assert.ok(steps < 10_000 / 32, `${steps} objects were counted`)
    }
  })

  it('the walk of an endless value ends', () => {
    class Endless {
      constructor() {
        Object.defineProperty(this, 'next', { enumerable: true, get: () => new Endless() })
      }
    }
    class EndlessMap extends Map {
      override *[Symbol.iterator](): MapIterator<[unknown, unknown]> {
        for (;;) yield [{}, {}]
      }
    }
    class EndlessSet extends Set {
      override *[Symbol.iterator](): SetIterator<unknown> {
        for (;;) yield {}
      }
    }
    const limit = 1_000_000
    assert.equal(sizeOf(new Endless(), limit), Infinity)
    assert.equal(sizeOf(new EndlessMap(), limit), 32)
    assert.equal(sizeOf(new EndlessSet(), limit), 32)
    assert.equal(sizeOf(new Array(2 ** 32 - 1), limit), Infinity)
    assert.equal(sizeOf(Object.create(Map.prototype), limit), Infinity)
  })

  it('the size of typical users is within a factor of their real size', () => {
    const user = (id: number) => ({
      id,
      name: `User ${id}`,
      email: `user${id}@example.com`,
      createdAt: '2026-11-01',
    })
    const bytes = sizeOf(Array.from({ length: 1000 }, (_, id) => user(id)))
    assert.equal(bytes > 200_000 && bytes < 600_000, true, `${bytes} bytes`)
  })
})

describe('values in a bounded memory tier', () => {
  it('5,000 small Buffers fit into 8 MiB', () => {
    const { cache } = testCache({ memory: memoryStore({ maxBytes: 8 * 1024 * 1024 }) })
    for (let i = 0; i < 5000; i++) cache.write(`k${i}`, Buffer.from(`value ${i}`))
    assert.equal(cache.stats().entries, 5000)
  })

  it('a value without an end is returned and not stored', async () => {
    const endless = () => Object.defineProperty({}, 'next', { enumerable: true, get: endless })
    const { cache } = testCache({ memory: memoryStore({ maxBytes: 1_000_000 }) })
    assert.equal((await cache.read('k', endless)).outcome, 'miss')
    assert.equal((await cache.write('k', endless())).kept, false)
    assert.equal(cache.has('k'), false)
  })

  it('the size of a value is counted as far as its own store is large', () => {
    const value = Array.from({ length: 100_000 }, () => ({}))
    const { cache } = testCache({ memory: memoryStore({ maxBytes: 2 * sizeOf(value) }) })
    cache.write('k', value)
    assert.equal(cache.has('k'), true)
  })
})
