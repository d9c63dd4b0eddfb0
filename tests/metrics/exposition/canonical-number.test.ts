import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { canonicalNumber } from '../../../src/metrics/exposition/canonical-number.ts'

it("canonicalNumber formats the specification's examples", () => {
  const examples =
    '0.0 0.001 0.002 0.01 0.1 0.9 0.95 0.99 0.999 1.0 1.7 10.0 1e-10 1e-09 1e-05 0.0001 100000.0 1e+06 1e+10'
  for (const written of examples.split(' ')) assert.equal(canonicalNumber(Number(written)), written)
})

it('canonicalNumber formats further numbers', () => {
  const expected: [number, string][] = [
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [-0, '0.0'],
    [-1, '-1.0'],
    [-1e-7, '-1e-07'],
    [-123456789, '-1.23456789e+08'],
    [999_999.5, '999999.5'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.MAX_SAFE_INTEGER, '9.007199254740991e+15'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Number.MIN_VALUE, '5e-324'],
  ]
  for (const [value, written] of expected) assert.equal(canonicalNumber(value), written)
})

it('canonicalNumber formats any number as a float that parses to it', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const written = canonicalNumber(value)
      assert.equal(Number(written), value + 0)
      assert.match(written, /^-?\d+(\.\d+(e[+-]\d\d+)?|e[+-]\d\d+)$/)
    }),
  )
})
