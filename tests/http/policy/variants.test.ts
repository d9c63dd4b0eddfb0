import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { RequestHeader } from '../../../src/http/fields/vary.ts'
import { createVariants, escapedKey } from '../../../src/http/policy/variants.ts'

function request(fields: Record<string, string> = {}): RequestHeader {
  const headers = new Headers(Object.entries(fields))
  return (name) => headers.get(name) ?? undefined
}

const nothing = request()

describe('the variants of a resource', () => {
  const json = request({ accept: 'json' })
  const html = request({ accept: 'html' })

  it('share its key until it is known to vary', () => {
    const variants = createVariants()
    assert.equal(variants.keyFor('k', json), 'k')
    assert.equal(variants.keyFor('k', html), 'k')
  })

  it('have keys of their own from then on', () => {
    const variants = createVariants()
    const { key } = variants.add('k', { accept: 'json' })
    assert.equal(variants.keyFor('k', json), key)
    assert.notEqual(variants.keyFor('k', html), key)
    assert.notEqual(variants.keyFor('k', nothing), key)
    assert.notEqual(variants.keyFor('k', request({ accept: '' })), variants.keyFor('k', nothing))
    assert.equal(variants.keyFor('other', json), 'other')
  })

  it('are those of its newest answer', () => {
    const variants = createVariants()
    const old = variants.add('k', { accept: 'json' })
    const { key, dropped } = variants.add('k', { 'accept-language': undefined })
    assert.deepEqual(dropped, [old.key], 'no request selects it any more')
    assert.equal(variants.keyFor('k', json), key)
    assert.equal(variants.keyFor('k', html), key)
  })

  it('are remembered for so many characters only, the newest', () => {
    const each = 'a'.length + 'accept'.length + 'a\naccept\0json'.length
    const variants = createVariants({ maxLength: 2 * each })
    for (const key of ['a', 'b', 'a', 'c']) variants.add(key, { accept: 'json' })
    assert.equal(variants.keyFor('b', json), 'b')
    assert.notEqual(variants.keyFor('a', json), 'a')
    assert.notEqual(variants.keyFor('c', json), 'c')
  })

  it('are so many at most, the newest; the others are over', () => {
    const variants = createVariants({ maxVariants: 2 })
    const learnt = ['a', 'b', 'a', 'c'].map((accept) => variants.add('k', { accept }))
    const [a, b, , c] = learnt.map(({ key }) => key)
    assert.deepEqual(
      learnt.map(({ dropped }) => dropped),
      [[], [], [], [b]],
    )
    assert.deepEqual(variants.add('k', { accept: 'd' }).dropped, [a])
    assert.deepEqual(variants.add('k', { accept: 'e' }).dropped, [c])
  })

  it('that are over answer nobody in their language any more', () => {
    const variants = createVariants({ maxVariants: 1 })
    const { key } = variants.add('k', { 'accept-language': 'de' }, 'de')
    const german = (name: string) => (name === 'accept-language' ? 'de,fr;q=0.5' : undefined)
    assert.equal(variants.keyFor('k', german), key)
    assert.deepEqual(variants.add('k', { 'accept-language': 'en' }, 'en').dropped, [key])
    assert.notEqual(variants.keyFor('k', german), key)
  })

  it('never share a key with another variant or another resource, whatever is in their keys', () => {
    const key = fc.string({ unit: fc.constantFrom('a', '\n', '\0', 'accept', '\naccept\0a'), maxLength: 4 })
    const value = fc.option(fc.constantFrom('', 'a', 'b', 'accept'), { nil: undefined })
    const fields = fc.dictionary(fc.constantFrom('accept', 'a', 'b'), value, { noNullPrototype: true })
    const resource = fc.record({ key, fields })
    const keyOf = ({ key, fields }: { key: string; fields: Record<string, string | undefined> }) => {
      const selecting = Object.fromEntries(Object.entries(fields).sort())
      if (Object.keys(selecting).length === 0) return escapedKey(key)
      return createVariants().add(escapedKey(key), selecting).key
    }
    fc.assert(
      fc.property(resource, resource, (one, other) => {
        const same = one.key === other.key && equal(one.fields, other.fields)
        assert.equal(keyOf(one) === keyOf(other), same)
      }),
      { numRuns: 2000 },
    )
  })

  function equal(a: object, b: object): boolean {
    const sorted = (fields: object) =>
      JSON.stringify(Object.entries(fields).sort(), (_, value) => (value === undefined ? null : value))
    return sorted(a) === sorted(b)
  }
})
