/** Options objects that callers pass: misspelt names and wrong types. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aBoolean,
  aFunction,
  aListOfStrings,
  aNumber,
  anObject,
  aString,
  described,
  type OptionRules,
  oneOf,
  validateOptions,
  withMethods,
} from '../src/options.ts'

interface Sample {
  memory?: object
  ttlMs?: number
  tags?: string[]
  strategy?: string
  enabled?: boolean
  now?: () => number
  name?: string
  store?: object
}

const rules: OptionRules<Sample> = {
  memory: anObject,
  ttlMs: aNumber,
  tags: aListOfStrings,
  strategy: oneOf('fresh', 'refresh'),
  enabled: aBoolean,
  now: aFunction,
  name: aString,
  store: withMethods('a store with get and set', 'get', 'set'),
}

const check = (options: unknown) => () => validateOptions('sample', options as Sample, rules)

describe('validateOptions', () => {
  it('accepts valid options, none at all, and undefined values', () => {
    const store = { get() {}, set() {} }
    for (const options of [
      undefined,
      {},
      { ttlMs: undefined },
      {
        memory: {},
        ttlMs: Infinity,
        tags: [],
        strategy: 'fresh',
        enabled: false,
        now: Date.now,
        name: '',
        store,
      },
    ]) {
      assert.doesNotThrow(check(options))
    }
  })

  for (const [options, message] of [
    [{ memry: {} }, 'sample: unknown option "memry"; did you mean "memory"?'],
    [{ ttl: 60 }, 'sample: unknown option "ttl"; did you mean "ttlMs"?'],
    [{ TTLMS: 60 }, 'sample: unknown option "TTLMS"; did you mean "ttlMs"?'],
    [
      { zzzzzzzz: 1 },
      'sample: unknown option "zzzzzzzz"; the options are memory, ttlMs, tags, strategy, enabled, now, name, store',
    ],
    [
      { toString: 1 },
      'sample: unknown option "toString"; the options are memory, ttlMs, tags, strategy, enabled, now, name, store',
    ],
    [{ ttlMs: '60000' }, 'sample: ttlMs must be a number, got "60000"'],
    [{ tags: 'abc' }, 'sample: tags must be an array of strings, got "abc"'],
    [{ tags: [1] }, 'sample: tags must be an array of strings, got an array'],
    [{ strategy: 'refesh' }, 'sample: strategy must be "fresh" or "refresh", got "refesh"'],
    [{ enabled: 'off' }, 'sample: enabled must be a boolean, got "off"'],
    [{ now: 0 }, 'sample: now must be a function, got 0'],
    [{ name: null }, 'sample: name must be a string, got null'],
    [{ memory: 'x' }, 'sample: memory must be an object, got "x"'],
    [{ store: { get() {} } }, 'sample: store must be a store with get and set, got an object'],
    [7, 'sample: options must be an object, got 7'],
    [null, 'sample: options must be an object, got null'],
  ] as const) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      assert.throws(check(options), { name: 'TypeError', message })
    })
  }
})

describe('described', () => {
  it('shortens a long string and never shows the content of an object', () => {
    assert.equal(described('x'.repeat(100)), `"${'x'.repeat(60)}..."`)
    assert.equal(described({ secret: 'x' }), 'an object')
    assert.equal(described(Symbol('s')), 'a symbol')
    assert.equal(described(10n), '10')
  })
})
