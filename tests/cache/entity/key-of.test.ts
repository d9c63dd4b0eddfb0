import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type KeyPart, keyOf } from '../../../src/cache/entity/key-of.ts'
import { rounds } from '../../support/rounds.ts'

/** Few characters, so that two texts are often nearly equal. */
const text = fc.string({
  unit: fc.constantFrom(
    '',
    'a',
    '1',
    'n',
    't',
    'c',
    'u',
    'i',
    'b',
    ':',
    '~',
    '\ud800',
    '\udc00',
    '😀',
    'é',
    '\0',
  ),
  maxLength: 6,
})
const part: fc.Arbitrary<KeyPart> = fc.oneof(
  text,
  fc.string({ unit: 'binary' }),
  fc.constantFrom<KeyPart[]>(
    '',
    '1',
    1,
    1n,
    'true',
    true,
    'false',
    false,
    '~n1',
    '~',
    ':',
    'n1',
    0,
    '0',
    1e21,
    '1e+21',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(),
)
const lists = fc.tuple(
  text.filter((name) => name !== ''),
  fc.array(part, { maxLength: 4 }),
)

describe('keyOf', () => {
  it('a key of plain words consists of its parts, separated by colons', () => {
    assert.equal(keyOf('user'), 'user')
    assert.equal(keyOf('user', 'ada'), 'user:ada')
    assert.equal(keyOf('user', 'naïve 😀/@%#'), 'user:naïve 😀/@%#')
    assert.equal(keyOf('seat', 12, 'A', 3n, true), 'seat:~n12:A:~i3:~btrue')
    assert.equal(keyOf('a:b', 'c:~d', '\ud800x'), 'a~cb:c~c~td:~ud800x')
  })

  it('different lists of parts have different keys', () => {
    fc.assert(
      fc.property(lists, lists, (one, other) => {
        assert.equal(keyOf(one[0], ...one[1]) === keyOf(other[0], ...other[1]), same(one, other))
      }),
      { numRuns: rounds(4000, 20_000) },
    )
  })

  it('a key changes when a part is split, joined with the next one, or has another type', () => {
    fc.assert(
      fc.property(lists, fc.nat(3), fc.nat(6), ([name, parts], at, cut) => {
        const changed: KeyPart[][] = [
          [...parts, ''],
          ['', ...parts],
        ]
        const part = parts[at]
        if (part !== undefined) {
          const [before, after, written] = [parts.slice(0, at), parts.slice(at + 1), String(part)]
          changed.push(
            [...before, written.slice(0, cut), written.slice(cut), ...after],
            [...before, `${written}:${String(after[0] ?? '')}`, ...after.slice(1)],
            ...(typeof part === 'string' ? [] : [[...before, written, ...after]]),
          )
        }
        for (const others of changed) assert.notEqual(keyOf(name, ...others), keyOf(name, ...parts))
      }),
      { numRuns: rounds(1000, 5000) },
    )
  })

  it('a key is well-formed text, so that UTF-8 preserves it', () => {
    fc.assert(fc.property(lists, ([name, parts]) => assert.ok(keyOf(name, ...parts).isWellFormed())))
  })

  it('-0 and 0 have the same key, as in Map and Set', () => {
    assert.equal(keyOf('n', -0), keyOf('n', 0))
  })

  it('an empty name and parts without a distinct text are rejected', () => {
    assert.throws(
      () => keyOf(''),
      /^TypeError: keyOf: name must be a string of at least one character, got ""$/,
    )
    assert.throws(() => keyOf('n', Number.NaN), {
      name: 'TypeError',
      message: 'keyOf: a part of n must be a finite number, got NaN',
    })
    assert.throws(() => keyOf('n', Number.POSITIVE_INFINITY), /must be a finite number, got Infinity/)
    // @ts-expect-error an object
    assert.throws(() => keyOf('n', {}), /must be a string, number, bigint or boolean, got an object/)
    // @ts-expect-error undefined
    assert.throws(() => keyOf('n', undefined), /got undefined/)
    // @ts-expect-error null
    assert.throws(() => keyOf('n', null), /got null/)
  })
})

type Parts = readonly [name: string, parts: readonly KeyPart[]]

function same([name, parts]: Parts, [otherName, others]: Parts): boolean {
  if (name !== otherName || parts.length !== others.length) return false
  return parts.every((part, i) => part === others[i]) // 0 equals -0
}
