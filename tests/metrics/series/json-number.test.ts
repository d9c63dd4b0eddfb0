import assert from 'node:assert/strict'
import { it } from 'node:test'
import { numberFromJson, numberToJson } from '../../../src/metrics/series/json-number.ts'

it('numberFromJson returns every number that numberToJson and JSON have written', () => {
  const numbers = [0, -1.5, 2 ** 53, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const parsed: unknown = JSON.parse(JSON.stringify(numbers.map(numberToJson)))
  assert.deepEqual((parsed as (number | string)[]).map(numberFromJson), numbers)
})

it('numberFromJson reads null as NaN, since JSON without numberToJson writes null', () => {
  const parsed: unknown = JSON.parse(JSON.stringify([Number.POSITIVE_INFINITY]))
  assert.deepEqual((parsed as null[]).map(numberFromJson), [Number.NaN])
})
