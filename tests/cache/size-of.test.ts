import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sizeOf } from '../../src/cache/size-of.ts'

describe('sizeOf', () => {
  const cases: [string, unknown, number][] = [
    ['a number', 1, 16],
    ['null', null, 16],
    ['undefined', undefined, 16],
    ['a symbol', Symbol('s'), 16],
    ['a string: two bytes for each character', 'four', 24],
    ['a bigint', 2n ** 64n, 16 + 17 / 2],
    ['an empty object', {}, 32],
    ['an empty array', [], 32],
    ['an object: its names and its values', { id: 7, name: 'Ada' }, 32 + (16 + 4 + 16) + (16 + 8 + 22)],
    ['an array: its items', [1, 2, 3], 32 + 3 * 32],
    ['a map: keys and values', new Map([['k', 1]]), 32 + 16 + 18 + 16],
    ['a set', new Set([1, 2]), 32 + 2 * 32],
    ['a date', new Date(0), 32],
    ['bytes', new Uint8Array(1000), 1032],
    ['an array buffer', new ArrayBuffer(1000), 1032],
    ['a view: its whole buffer', new Uint8Array(new ArrayBuffer(1000), 0, 1), 1032],
    ['a view with an offset', new DataView(new ArrayBuffer(1000), 8), 1032],
  ]
  for (const [description, value, bytes] of cases) {
    it(`the size of ${description}`, () => assert.equal(sizeOf(value), bytes))
  }

  it('an object that occurs twice or refers to itself is counted once', () => {
    const inner = { x: 1 }
    assert.equal(sizeOf([inner, inner]), sizeOf([inner]) + 16)
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
