/** The values that JSON would change, and the errors that name them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import vm from 'node:vm'
import { jsonProblem, survivesJson } from '../../../src/cache/values/json-values.ts'

class User {
  name = 'Ada'
}
class List extends Array {}

describe('values that survive JSON', () => {
  const surviving: Record<string, unknown> = {
    null: null,
    'a string': 'é\ud800',
    'a number': -1.5,
    '-0': -0,
    'nested arrays and objects': { a: [1, [true, { b: null }], 'x'], c: {} },
    'a property that is undefined': { a: undefined },
    'an object without a prototype': Object.assign(Object.create(null), { a: 1 }),
    'an object named like a method': { constructor: 'x', hasOwnProperty: 1, ['__proto__']: 2 },
    'objects of another realm': vm.runInNewContext('({ a: [1, { b: 2 }] })'),
    'an object that occurs twice': ((one) => [one, one])({ a: 1 }),
  }
  for (const [name, value] of Object.entries(surviving)) {
    it(`${name} survives`, () => {
      assert.equal(survivesJson(value), true)
      assert.equal(jsonProblem(value), undefined)
      assert.deepEqual(JSON.stringify(JSON.parse(JSON.stringify(value))), JSON.stringify(value))
    })
  }

  it('an object survives if a prototype has more properties', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value() {}, enumerable: true, configurable: true })
    try {
      assert.equal(survivesJson({ a: 1 }), true)
    } finally {
      delete (Object.prototype as { polluted?: unknown }).polluted
    }
  })
})

describe('values that JSON would change', () => {
  const changed: [value: unknown, problem: string][] = [
    [new Date(0), ' is a Date, which JSON would turn into a string'],
    [new Map(), ' is a Map, which JSON would turn into a plain object'],
    [new Set(), ' is a Set, which JSON would turn into a plain object'],
    [/x/, ' is a RegExp, which JSON would turn into a plain object'],
    [new TypeError('x'), ' is a TypeError, which JSON would turn into a plain object'],
    [new Error('x'), ' is an Error, which JSON would turn into a plain object'],
    [new Uint8Array(1), ' is a Uint8Array, which JSON would turn into a plain object'],
    [new ArrayBuffer(1), ' is an ArrayBuffer, which JSON would turn into a plain object'],
    [Buffer.from('x'), ' is a Buffer, which JSON would turn into the result of its toJSON'],
    [new URL('http://localhost'), ' is a URL, which JSON would turn into the result of its toJSON'],
    [new User(), ' is a User, which JSON would turn into a plain object'],
    [new List(), ' is a List, which JSON would turn into a plain array'],
    [new (class {})(), ' is a class instance, which JSON would turn into a plain object'],
    [Object(1), ' is a Number, which JSON would turn into a plain object'],
    [Object.create({ a: 1 }), ' is an Object, which JSON would turn into a plain object'],
    [vm.runInNewContext('new Map()'), ' is a Map, which JSON would turn into a plain object'],
    [Number.NaN, ' is NaN, which JSON would turn into null'],
    [-Infinity, ' is -Infinity, which JSON would turn into null'],
    [() => {}, ' is a function, which JSON cannot encode'],
    [Symbol('s'), ' is a symbol, which JSON cannot encode'],
    [1n, ' is a bigint, which JSON cannot encode'],
    [[undefined], '[0] is undefined, which JSON would turn into null'],
    [new Array(1), '[0] is undefined, which JSON would turn into null'],
    [{ toJSON: () => 1 }, '.toJSON is a function, which JSON cannot encode'],
  ]
  for (const [value, problem] of changed) {
    it(`a value${problem}`, () => {
      assert.equal(survivesJson(value), false)
      assert.equal(jsonProblem(value), `value${problem}`)
      assert.equal(survivesJson({ a: [1, value] }), false)
      assert.equal(jsonProblem({ a: [1, value] }), `value.a[1]${problem}`)
    })
  }

  it('the path of a problem quotes the names that are no identifiers', () => {
    assert.equal(
      jsonProblem({ $a: { 'b c': { é: { '': 1n } } } }),
      'value.$a["b c"].é[""] is a bigint, which JSON cannot encode',
    )
  })

  it('a value that contains itself is named', () => {
    const value: { a: unknown[] } = { a: [] }
    value.a.push(value)
    assert.equal(jsonProblem(value), 'value.a[0] is an object that contains itself, which JSON cannot encode')
  })
})
