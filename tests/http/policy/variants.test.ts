import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { RequestHeader } from '../../../src/http/fields/vary.ts'
import { createVariants, escapedKey, unescapedKey } from '../../../src/http/policy/variants.ts'
import { rounds } from '../../support/rounds.ts'

function request(record: Record<string, string> = {}): RequestHeader {
  const headers = new Headers(Object.entries(record))
  return (name) => headers.get(name) ?? undefined
}

const noHeaders = request()

describe('createVariants()', () => {
  const json = request({ accept: 'json' })
  const html = request({ accept: 'html' })

  it('returns the key of the resource until a response with Vary is added', () => {
    const variants = createVariants()
    assert.equal(variants.keyFor('k', json), 'k')
    assert.equal(variants.keyFor('k', html), 'k')
  })

  it('returns a key for each variant after a response with Vary', () => {
    const variants = createVariants()
    const { key } = variants.add('k', { accept: 'json' }, noHeaders)
    assert.equal(variants.keyFor('k', json), key)
    assert.notEqual(variants.keyFor('k', html), key)
    assert.notEqual(variants.keyFor('k', noHeaders), key)
    assert.notEqual(variants.keyFor('k', request({ accept: '' })), variants.keyFor('k', noHeaders))
    assert.equal(variants.keyFor('other', json), 'other')
  })

  it('uses the selecting headers of the latest response', () => {
    const variants = createVariants()
    const old = variants.add('k', { accept: 'json' }, noHeaders)
    const { key, dropped } = variants.add('k', { 'accept-language': undefined }, noHeaders)
    assert.deepEqual(dropped, [old.key], 'no request can select the old variant')
    assert.equal(variants.keyFor('k', json), key)
    assert.equal(variants.keyFor('k', html), key)
  })

  it('evicts the oldest resources beyond maxLength characters', () => {
    const each = 'a'.length + 'accept'.length + 'a\naccept\0json'.length
    const variants = createVariants({ maxLength: 2 * each })
    for (const key of ['a', 'b', 'a', 'c']) variants.add(key, { accept: 'json' }, noHeaders)
    assert.equal(variants.keyFor('b', json), 'b')
    assert.notEqual(variants.keyFor('a', json), 'a')
    assert.notEqual(variants.keyFor('c', json), 'c')
  })

  it('drops the oldest variants beyond maxVariants', () => {
    const variants = createVariants({ maxVariants: 2 })
    const added = ['a', 'b', 'a', 'c'].map((accept) => variants.add('k', { accept }, noHeaders))
    const [a, b, , c] = added.map(({ key }) => key)
    assert.deepEqual(
      added.map(({ dropped }) => dropped),
      [[], [], [], [b]],
    )
    assert.deepEqual(variants.add('k', { accept: 'd' }, noHeaders).dropped, [a])
    assert.deepEqual(variants.add('k', { accept: 'e' }, noHeaders).dropped, [c])
  })

  it('does not select a dropped variant by language', () => {
    const variants = createVariants({ maxVariants: 1 })
    const { key } = variants.add('k', { 'accept-language': 'de' }, noHeaders, 'de')
    const german = (name: string) => (name === 'accept-language' ? 'de,fr;q=0.5' : undefined)
    assert.equal(variants.keyFor('k', german), key)
    assert.deepEqual(variants.add('k', { 'accept-language': 'en' }, noHeaders, 'en').dropped, [key])
    assert.notEqual(variants.keyFor('k', german), key)
  })

  it('never returns one key for two variants or resources, whatever characters their keys contain', () => {
    const key = fc.string({ unit: fc.constantFrom('a', '\n', '\0', 'accept', '\naccept\0a'), maxLength: 4 })
    const value = fc.option(fc.constantFrom('', 'a', 'b', 'accept'), { nil: undefined })
    const headers = fc.dictionary(fc.constantFrom('accept', 'a', 'b'), value, { noNullPrototype: true })
    const resource = fc.record({ key, headers })
    const keyOf = ({ key, headers }: { key: string; headers: Record<string, string | undefined> }) => {
      const selecting = Object.fromEntries(Object.entries(headers).sort())
      if (Object.keys(selecting).length === 0) return escapedKey(key)
      return createVariants().add(escapedKey(key), selecting, noHeaders).key
    }
    fc.assert(
      fc.property(resource, resource, (one, other) => {
        const same = one.key === other.key && equal(one.headers, other.headers)
        assert.equal(keyOf(one) === keyOf(other), same)
      }),
      { numRuns: rounds(500, 2000) },
    )
  })

  function equal(a: object, b: object): boolean {
    const sorted = (headers: object) =>
      JSON.stringify(Object.entries(headers).sort(), (_, value) => (value === undefined ? null : value))
    return sorted(a) === sorted(b)
  }
})

describe('unescapedKey', () => {
  it('returns the key of the resource, also from the key of a variant', () => {
    const selections: Record<string, string | undefined>[] = [
      {},
      { 'accept-encoding': 'gzip' },
      { accept: 'a', cookie: undefined },
    ]
    for (const key of ['http://a/b', '', '\n', 'a\n', '\na', 'a\n\nb\n', '\n:gzip', '\n\n\n']) {
      assert.equal(unescapedKey(escapedKey(key)), key)
      for (const selecting of selections.slice(1)) {
        const variant = createVariants().add(escapedKey(key), selecting, () => undefined).key
        assert.equal(unescapedKey(variant), key, JSON.stringify(variant))
      }
    }
  })
})
