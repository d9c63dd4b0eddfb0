/** Keys of calls: stable, and different for different arguments. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { keyOfArguments } from '../../../src/cache/wrap/key-of-arguments.ts'
import { rounds } from '../../support/rounds.ts'

const key = (...args: unknown[]) => keyOfArguments('f', args)

/** Few characters, so that two texts are often nearly equal, and those of the encoding. */
const text = fc.string({
  unit: fc.constantFrom(...'a1~:,={}[]_0dnibtcu', '\ud800', '😀'),
  maxLength: 3,
})
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    fc.constantFrom(
      undefined,
      null,
      true,
      false,
      'true',
      0,
      '0',
      0n,
      1,
      '1',
      1n,
      '~_',
      '~0',
      '',
      [],
      {},
      [[]],
      [''],
    ),
    fc.constantFrom(new Date(0), new Date(1), '~d~n0'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: false }),
  ),
}))
const calls = fc.array(value, { maxLength: 3 })

/** Arguments as the function sees them: without `undefined` at the end. */
function passed(args: readonly unknown[]): unknown[] {
  return args.slice(0, 1 + args.findLastIndex((arg) => arg !== undefined))
}

/** A copy whose objects have the same prototype, and their properties in the opposite order. */
function reordered(original: unknown): unknown {
  if (typeof original !== 'object' || original === null || original instanceof Date) return original
  if (Array.isArray(original)) return original.map(reordered)
  return Object.fromEntries(
    Object.entries(original)
      .reverse()
      .map(([name, member]) => [name, reordered(member)]),
  )
}

describe('keyOfArguments', () => {
  it('arguments are encoded as by keyOf where it encodes them', () => {
    assert.equal(key('ada'), 'f:ada')
    assert.equal(key('a:b', 12, 3n, true), 'f:a~cb:~n12:~i3:~btrue')
    assert.equal(keyOfArguments('a:b', ['c']), 'a~cb:c')
  })

  it('arrays, objects, dates, null and undefined have an encoding of their own', () => {
    assert.equal(key(null, undefined, 1), 'f:~0:~_:~n1')
    assert.equal(key(['a', [1]]), 'f:~[a~,~[~n1~,~]~,~]')
    assert.equal(key({ b: 1, a: { c: null } }), 'f:~{a~=~{c~=~0~,~}~,b~=~n1~,~}')
    assert.equal(key(new Date(5)), 'f:~d~n5')
  })

  it('calls with equal arguments have the same key, and calls with different ones do not', () => {
    fc.assert(
      fc.property(calls, calls, (one, other) => {
        const isSame = isDeepStrictEqual(passed(one).map(reordered), passed(other).map(reordered))
        assert.equal(key(...one) === key(...other), isSame)
      }),
      { numRuns: rounds(4000, 20_000) },
    )
  })

  it('a key changes with the smallest change of an argument', () => {
    const different = [
      ...[[], [null], [''], [0], [false], [[]], [{}], ['~_'], [0n], [new Date(0)], ['0']],
      ...[[undefined, undefined, 1], [undefined, 1], [1], [1, null], ['1', null], [1, 'null'], [[1, null]]],
      ...[
        [['']],
        [[undefined]],
        [[null]],
        [[[], []]],
        [[[[]]]],
        [['', '']],
        [['a', 'b']],
        [['a,b']],
        [[['a'], 'b']],
      ],
      ...[
        [{ a: undefined }],
        [{ a: null }],
        [{ a: '' }],
        [{ a: {} }],
        [{ '': '' }],
        [{ a: 1, b: 2 }],
        [{ a: { b: 2 } }],
      ],
      ...[[{ 'a~=': 1 }], [{ a: '~=' }], [['a', 1]], [[['a', 1]]], [{ 0: 'a' }], [['a']]],
    ]
    assert.equal(new Set(different.map((args) => key(...args))).size, different.length)
  })

  it('the order of properties, the prototype null and undefined at the end make no difference', () => {
    assert.equal(key({ a: 1, b: 2 }), key({ b: 2, a: 1 }))
    assert.equal(key(Object.assign(Object.create(null), { a: 1 })), key({ a: 1 }))
    assert.equal(key(1, undefined), key(1))
    assert.equal(key(undefined, undefined), key())
    assert.equal(key(-0), key(0))
    fc.assert(fc.property(calls, (args) => assert.equal(key(...args.map(reordered)), key(...args))))
  })

  it('the key is never the name alone, which is a tag of all entries', () => {
    assert.equal(key(), 'f:~_')
    fc.assert(fc.property(calls, (args) => assert.ok(key(...args).startsWith('f:'))))
  })

  it('a key is well-formed text, so that UTF-8 preserves it', () => {
    fc.assert(fc.property(calls, (args) => assert.ok(key(...args).isWellFormed())))
  })

  it('other arguments are errors that give the position', () => {
    class Point {
      x = 1
    }
    const circular: unknown[] = []
    circular.push({ circular })
    const others = [
      ...[Symbol('s'), () => 1, new Point(), new Map(), new Set(), /a/, new Error('e'), new Uint8Array(2)],
      ...[
        Number.NaN,
        Infinity,
        new Date(Number.NaN),
        { [Symbol('s')]: 1 },
        Object(1),
        Promise.resolve(),
        circular,
      ],
    ]
    for (const other of others) {
      for (const arg of [other, [other], { a: { b: other } }]) {
        assert.throws(() => key('a', arg), {
          name: 'TypeError',
          message:
            'wrap f: argument 2 must consist of strings, finite numbers, bigints, booleans, null, undefined, dates, arrays and plain objects, or set the option key',
        })
      }
    }
  })
})
