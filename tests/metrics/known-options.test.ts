import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkOptions, typeOf } from '../../src/metrics/known-options.ts'

const known = {
  name: ['string'],
  maxBytes: ['number'],
  native: ['boolean', 'object'],
  onError: ['function'],
} as const

function messageOf(options: unknown, required?: readonly string[]): string | undefined {
  try {
    checkOptions('createThing', options, known, required)
    return undefined
  } catch (error) {
    assert.ok(error instanceof TypeError)
    return error.message
  }
}

describe('checkOptions', () => {
  test('accepts known options of their types, and absent ones', () => {
    assert.equal(messageOf({}), undefined)
    assert.equal(messageOf({ name: 'a', maxBytes: Number.NaN, native: true, onError() {} }), undefined)
    assert.equal(messageOf({ native: { schema: 3 }, name: undefined }), undefined)
  })

  test('suggests the nearest option for a misspelled one, and lists all for a different word', () => {
    for (const [name, nearest] of [
      ['nmae', 'name'],
      ['maxbytes', 'maxBytes'],
      ['max_bytes', 'maxBytes'],
      ['MaxByte', 'maxBytes'],
      ['onErrors', 'onError'],
      ['natve', 'native'],
    ] as const) {
      assert.equal(
        messageOf({ [name]: 1 }),
        `createThing: unknown option "${name}"; did you mean "${nearest}"?`,
      )
    }
    for (const name of ['x', 'percentiles', '__proto__', 'constructor']) {
      assert.equal(
        messageOf(JSON.parse(`{ ${JSON.stringify(name)}: 1 }`)),
        `createThing: unknown option "${name}"; the options are name, maxBytes, native, onError`,
      )
    }
  })

  test('names the expected types and the actual type', () => {
    assert.equal(messageOf({ name: 1 }), 'createThing: name must be a string, got number')
    assert.equal(messageOf({ name: null }), 'createThing: name must be a string, got null')
    assert.equal(messageOf({ native: [] }), 'createThing: native must be a boolean or an object, got array')
    for (const options of [null, [], 'a', 1, () => {}]) {
      assert.equal(messageOf(options), `createThing: options must be an object, got ${typeOf(options)}`)
    }
  })

  test('requires the required options', () => {
    assert.equal(messageOf({ name: 'a' }, ['name']), undefined)
    assert.equal(messageOf({}, ['name']), 'createThing: name must be a string, got undefined')
    assert.equal(
      messageOf({ name: undefined }, ['name']),
      'createThing: name must be a string, got undefined',
    )
  })

  test('does not change the options', () => {
    assert.equal(messageOf(Object.freeze({ name: 'a' })), undefined)
  })
})
