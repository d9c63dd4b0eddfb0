import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { areEqual, equalBytes } from '../../../src/cache/audit/are-equal.ts'

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  toString(): string {
    return `${this.#cents}`
  }
}

class Hidden {
  readonly #value: number
  constructor(value: number) {
    this.#value = value
  }
  get isSet(): boolean {
    return this.#value > 0
  }
}

/** As `Hidden`, with a name for its kind. */
class Tagged extends Hidden {
  get [Symbol.toStringTag](): string {
    return 'Tagged'
  }
}

class Price extends Money {
  readonly currency = 'EUR'
}

const cyclic = (n: number) => {
  const value: { n: number; self?: unknown } = { n }
  value.self = value
  return value
}

describe('areEqual', () => {
  const equal: [a: unknown, b: unknown][] = [
    [1, 1],
    [Number.NaN, Number.NaN],
    [0, -0],
    [null, null],
    [1n, 1n],
    [
      { a: 1, b: [2, { c: 3 }] },
      { b: [2, { c: 3 }], a: 1 },
    ],
    [{ a: 1, b: undefined }, { a: 1 }],
    [new Date(5), new Date(5)],
    [new URL('https://a.example/x'), new URL('https://a.example/x')],
    [/a/g, /a/g],
    [new Map([['a', { n: 1 }]]), new Map([['a', { n: 1 }]])],
    [new Map([[{ k: 1 }, 1]]), new Map([[{ k: 1 }, 1]])],
    [new Set([1, 2]), new Set([2, 1])],
    [new Set([{ a: 1 }]), new Set([{ a: 1 }])],
    [new Uint8Array([1, 2]), new Uint8Array([0, 1, 2]).subarray(1)],
    [new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
    [new Money(5), new Money(5)],
    [new Price(5), new Price(5)],
    [new Price(5), { currency: 'EUR' }], // the copy in the shared tier has lost its class
    [Object.assign(new Error('a'), { code: 1 }), Object.assign(new Error('a'), { code: 1 })],
    [cyclic(1), cyclic(1)],
    [{}, {}],
    [[], []],
  ]
  for (const [a, b] of equal) {
    it(`${String(a)} and ${String(b)} are equal`, () => {
      assert.equal(areEqual(a, b), true)
      assert.equal(areEqual(b, a), true)
    })
  }

  const different: [a: unknown, b: unknown][] = [
    [1, 2],
    [1, '1'],
    [1, 1n],
    [null, undefined],
    [null, {}],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1 }, { b: 1 }],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], { 0: 1 }],
    [[], {}],
    [new Date(5), new Date(6)],
    [new URL('https://a.example/x'), new URL('https://a.example/y')],
    [/a/g, /a/],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [new Map([['a', { n: 1 }]]), new Map([['a', { n: 2 }]])],
    [new Map([['a', new Map([['b', [1]]])]]), new Map([['a', new Map([['b', [2]]])]])],
    [new Map([[{ k: 1 }, { n: 1 }]]), new Map([[{ k: 1 }, { n: 2 }]])],
    [new Map([['a', 1]]), {}],
    [[undefined], []],
    [new Set([1]), new Set([2])],
    [new Set([1]), new Set([1, 2])],
    [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
    [new Uint8Array([1, 2]), [1, 2]],
    [new Uint16Array([1]), new Uint8Array([1, 0])],
    [new Money(5), new Money(6)],
    [new Hidden(1), new Hidden(1)], // nothing of them can be compared
    [new Tagged(1), new Tagged(1)],
    [new SharedArrayBuffer(1), new SharedArrayBuffer(1)],
    [new Price(5), new Price(6)],
    [Object.assign(new Error('a'), { code: 1 }), Object.assign(new Error('b'), { code: 1 })],
    [cyclic(1), cyclic(2)],
  ]
  for (const [a, b] of different) {
    it(`${String(a)} and ${String(b)} are different`, () => {
      assert.equal(areEqual(a, b), false)
      assert.equal(areEqual(b, a), false)
    })
  }

  it('agrees with the runtime for JSON values, and for their copies', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        assert.equal(areEqual(a, structuredClone(a)), true)
        assert.equal(areEqual(a, JSON.parse(JSON.stringify(a))), true)
        const withoutZeros = JSON.parse(JSON.stringify([a, b]))
        assert.equal(areEqual(a, b), isDeepStrictEqual(withoutZeros[0], withoutZeros[1]))
      }),
    )
  })
})

describe('equalBytes', () => {
  it('compares lengths and bytes', () => {
    const bytes = (...values: number[]) => new Uint8Array(values)
    assert.equal(equalBytes(bytes(), bytes()), true)
    assert.equal(equalBytes(bytes(1, 2), bytes(1, 2)), true)
    assert.equal(equalBytes(bytes(1, 2), bytes(1)), false)
    assert.equal(equalBytes(bytes(1), bytes(1, 2)), false)
    assert.equal(equalBytes(bytes(1, 2), bytes(1, 3)), false)
  })
})
