import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loaded } from '../../../src/cache/lifetime.ts'
import { reasonForNoSize, sizeOf } from '../../../src/cache/values/size-of.ts'
import { heapModelOf } from '../../../src/heap/heap-model.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { testCache } from '../../support/test-cache.ts'

const v8 = heapModelOf('v8')
const jsc = heapModelOf('jsc')
const own = heapModelOf()

describe('sizeOf', () => {
  const cases: [string, unknown, v8: number, jsc: number][] = [
    ['a small number: nothing besides the reference', 1, 0, 0],
    ['a number that is no 32-bit integer', 1.5, 16, 0],
    ['null', null, 0, 0],
    ['a Latin-1 string: a byte for each character', 'fouré', 24, 33],
    ['a string with a wider character: two bytes', 'four☃', 32, 38],
    ['a bigint', 2n ** 64n, 32, 48],
    ['an empty object', {}, 56, 64],
    ['an empty array', [], 32, 64],
    ['an object: its values', { id: 7, name: 'Ada' }, 48 + 24, 64 + 31],
    ['an object with 12 properties', Object.fromEntries([...'abcdefghijkl'].map((n) => [n, 1])), 128, 128],
    ['an array of small integers', [1, 2, 3], 48 + 24, 64],
    ['an array of doubles', [1.5, 2.5, 3], 48 + 24, 64],
    ['an array of doubles and other values', [1.5, 2.5, null], 48 + 24 + 32, 64],
    ['a map: keys and values', new Map([['key', 1.5]]), 184 + 24 + 16, 336 + 31],
    ['a map of 100', new Map(Array.from({ length: 100 }, (_, i) => [i, i])), 3656, 10_416],
    ['a set', new Set([1, 2]), 200, 336],
    ['a date', new Date(0), 96, 52],
    ['a RegExp: its source', /abc/, 128 + 24, 80 + 31],
    ['boxed primitives', [Object(1), Object('abc')], 64 + 40 + 40 + 24, 64 + 64 + 64 + 31],
    ['bytes', new Uint8Array(1000), 1200, 1280],
    ['few bytes', new Uint8Array(10), 232, 64],
    ['an array buffer', new ArrayBuffer(1000), 1096, 1128],
    ['nested bytes: their buffer', [new Uint8Array(1000)], 56 + 1200, 64 + 1192],
    [
      'a view of a larger buffer: the copy that is stored',
      new Uint8Array(new ArrayBuffer(70_000), 8, 10),
      232,
      64,
    ],
    [
      'a nested view of a pool: its own bytes',
      [new DataView(new ArrayBuffer(65_536), 8, 10)],
      56 + 210,
      64 + 202,
    ],
    [
      'a nested view of another buffer: all of it',
      [new Uint8Array(new ArrayBuffer(70_000), 8, 10)],
      70_256,
      70_256,
    ],
    ['a small Buffer', Buffer.from('abc'), 224, 64],
    ['a nested function', { f() {} }, 40 + 128, 64 + 112],
    ['a blob: its content', new Blob(['abc']), 323, 323],
    ['an object of a class without visible properties', new URL('http://localhost'), 320, 320],
    ['an object without a prototype', Object.assign(Object.create(null), { x: 1 }), 136, 64],
  ]
  for (const [description, value, onV8, onJsc] of cases) {
    it(`the size of ${description}`, () => {
      assert.deepEqual([sizeOf(value, Infinity, v8), sizeOf(value, Infinity, jsc)], [onV8, onJsc])
    })
  }

  it('the size of an Error holds its message, its cause, and a stack that is not read', () => {
    const error = new Error('message', { cause: { rows: 'x'.repeat(1000) } })
    Object.defineProperty(error, 'stack', { get: () => assert.fail('the stack was read') })
    const without = sizeOf(new Error('message'), Infinity, v8)
    assert.equal(sizeOf(error, Infinity, v8) > without + 1000, true)
  })

  it('names are counted if they are those of a table', () => {
    const table = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${prefix}${i}`, 1]))
    assert.deepEqual(
      [sizeOf(table('k'), Infinity, v8), sizeOf(table('k'), Infinity, jsc)],
      [88 + 24 * 32, 224],
    )
    assert.equal(sizeOf(table('user:1234'), Infinity, v8), 88 + 24 * 32 + 10 * 32 + 10 * 32)
    assert.equal(sizeOf(table('user:1234'), Infinity, jsc) > 224 + 20 * 90, true)
  })

  it('an object that occurs twice or refers to itself is counted once', () => {
    const inner = { x: 1 }
    assert.equal(sizeOf([inner, inner], Infinity, v8), sizeOf([inner], Infinity, v8) + 8)
    const buffer = new ArrayBuffer(100_000)
    const views = Array.from({ length: 10 }, () => new Uint8Array(buffer, 0, 5))
    assert.equal(sizeOf(views, Infinity, v8), sizeOf([views[0]], Infinity, v8) + 9 * (8 + 104))
    const circular: { self?: unknown } = {}
    circular.self = circular
    assert.equal(sizeOf(circular, Infinity, v8), 40)
  })

  it('a list of 50,000 objects within one another is counted completely, one of a million is refused', () => {
    const list = (length: number) => {
      let head: object | null = null
      for (let i = 0; i < length; i++) head = { next: head, value: i }
      return head
    }
    assert.equal(sizeOf(list(50_000), Infinity, v8), 50_000 * 48)
    assert.equal(sizeOf(list(1_000_000)), Infinity)
    assert.equal(reasonForNoSize(list(1_000_000)), 'is nested too deeply to be measured')
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
      assert.ok(steps < 10_000 / 30, `${steps} objects were counted`)
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
    assert.equal(sizeOf(new Endless()), Infinity)
    assert.equal(sizeOf(new EndlessMap(), limit), own.map(0))
    assert.equal(sizeOf(new EndlessSet(), limit), own.set(0))
    assert.equal(sizeOf(new Array(2 ** 32 - 1), limit), Infinity)
    assert.equal(sizeOf(Object.create(Map.prototype), limit), Infinity)
  })

  it('the size of a table is estimated from a sample, and close to the sum of its rows', () => {
    const rowsOf = (count: number) =>
      Array.from({ length: count }, (_, id) => ({ id, name: `User ${id}`, roles: ['a', 'bcd'] }))
    const reference = own.object(3) + own.array(2) + own.string(3, 1) + own.string(10, 1) + 8
    for (const value of [
      rowsOf(100_000),
      { rows: rowsOf(100_000) },
      new Map(rowsOf(100_000).entries()),
      new Set(rowsOf(100_000)),
      Object.fromEntries(rowsOf(100_000).entries()),
    ]) {
      const bytes =
        sizeOf(value) -
        (value instanceof Map ? own.map(100_000) : value instanceof Set ? own.set(100_000) : 0)
      assert.equal(
        bytes > 0.98 * 100_000 * (reference - 8) && bytes < 1e5 * (1.15 * reference + 110),
        true,
        `${bytes} bytes`,
      )
    }
  })

  it('an object that all rows share is counted about once', () => {
    const shared = Array.from({ length: 500 }, () => ({ x: 1 }))
    const rows = Array.from({ length: 100_000 }, () => ({ shared }))
    assert.equal(sizeOf(rows, Infinity, v8) < 1.15 * 100_000 * 48 + 100_000, true)
  })

  it('a value of 100,000 objects is measured by few of them', () => {
    let visits = 0
    const get = () => ++visits
    const objects = Array.from({ length: 100_000 }, () =>
      Object.defineProperty({}, 'x', { get, enumerable: true }),
    )
    assert.equal(sizeOf(objects) > 4_000_000, true)
    assert.equal(visits < 2500, true, `${visits} members were visited`)
  })
})

describe('reasonForNoSize', () => {
  const cases: [kind: string, value: unknown, reason: string | undefined][] = [
    ['a function', () => 1, 'is a function'],
    ['a nested promise', { a: [Promise.resolve()] }, 'refers to a Promise'],
    ['a nested WeakMap', { a: new WeakMap() }, 'refers to a WeakMap'],
    ['a nested Response', { a: new Response('x') }, 'refers to a Response'],
    ['a nested iterator', { a: new Map().values() }, 'refers to an iterator'],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no')
        },
      },
      'cannot be read',
    ],
    ['plain data', { a: 1 }, undefined],
  ]
  for (const [kind, value, reason] of cases) {
    it(`the reason for ${kind}`, () => {
      assert.equal(reasonForNoSize(value), reason)
      assert.equal(sizeOf(value) === Infinity, reason !== undefined)
    })
  }
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

  it('a value whose size is not known is returned and not stored, and an event names the key', async () => {
    const { cache, events } = testCache({ namespace: 'n' })
    const load = () => 1
    assert.equal((await cache.read('k', () => load)).value, load)
    assert.deepEqual(await cache.write('j', { a: new WeakMap() }), { kept: false, confirmed: true })
    assert.deepEqual([cache.has('k'), cache.has('j')], [false, false])
    assert.deepEqual(
      events.flatMap((event) =>
        event.type === 'tier' && event.error instanceof TypeError ? event.error.message : [],
      ),
      [
        'cache hitrate: the value for "k" is a function, so its size is not known; set `bytes` to store it',
        'cache hitrate: the value for "j" refers to a WeakMap, so its size is not known; set `bytes` to store it',
      ],
    )
  })

  it('a value whose size is not known is stored with `bytes`', async () => {
    const { cache } = testCache()
    assert.equal((await cache.write('k', () => 1, { bytes: 100 })).kept, true)
    await cache.read('j', () => loaded(() => 1, { bytes: 100 }))
    assert.equal(cache.has('j'), true)
  })

  it('a value that is too large is refused without an error', async () => {
    const { cache, events } = testCache({ memory: memoryStore({ maxBytes: 4096 }) })
    await cache.write('k', 'x'.repeat(10_000))
    assert.deepEqual(
      events.filter((event) => event.type === 'tier'),
      [{ type: 'tier', cache: 'hitrate', tier: 'memory', operation: 'set', result: 'refused' }],
    )
  })

  it('the size of a value is counted as far as its own store is large', () => {
    const value = Array.from({ length: 100_000 }, () => ({}))
    const { cache } = testCache({ memory: memoryStore({ maxBytes: 2 * sizeOf(value) }) })
    cache.write('k', value)
    assert.equal(cache.has('k'), true)
  })
})
