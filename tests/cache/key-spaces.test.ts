import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKeySpaces, MAX_KEY_LENGTH } from '../../src/cache/key-spaces.ts'

/** Keys that begin like the store keys of both spaces. */
const KEYS = [
  'user:1',
  'http://a/b',
  'https://a',
  'http',
  'htt',
  '\n',
  '\nd',
  '\nh',
  '\n\nh',
  '\nhhttp://a',
  '/a',
]
  .flatMap((key) => [key, `\nd${key}`, `\nh${key}`, `\n${key}`])
  .filter((key, i, all) => all.indexOf(key) === i)

describe('createKeySpaces', () => {
  it('store keys differ between any two keys and between the spaces', () => {
    for (const prefix of ['', 'shop:']) {
      const { data, http } = createKeySpaces('test', prefix)
      const storeKeys = [data, http].flatMap((space) => KEYS.map((key) => space.storeKeyOf(key)))
      assert.equal(new Set(storeKeys).size, 2 * KEYS.length)
      assert.deepEqual(
        storeKeys.filter((key) => !key.startsWith(prefix)),
        [],
      )
    }
  })

  it('of() returns the space of a store key', () => {
    for (const prefix of ['', 'http:', 'shop:']) {
      const spaces = createKeySpaces('test', prefix)
      for (const name of ['data', 'http'] as const) {
        for (const key of KEYS) {
          const space = spaces[name]
          assert.equal(spaces.of(space.storeKeyOf(key)), space, `${name} ${JSON.stringify(prefix + key)}`)
        }
      }
    }
  })

  it('tags follow from the key of a response as it was before it became a store key, and never from a key of data', () => {
    for (const prefix of ['', 'http:', 'shop:']) {
      const { data, http } = createKeySpaces('test', prefix)
      assert.deepEqual(http.derivedTags(http.storeKeyOf('http://a')), [])
      http.deriveTags((key) => [`tag of ${key}`])
      for (const key of KEYS) {
        assert.deepEqual(http.derivedTags(http.storeKeyOf(key)), [`tag of ${key}`])
        assert.deepEqual(data.derivedTags(data.storeKeyOf(key)), [])
      }
    }
  })

  it('keyOf() returns the key of a store key of its space, and undefined for one of the other space', () => {
    for (const prefix of ['', 'http:', 'shop:']) {
      const { data, http } = createKeySpaces('test', prefix)
      for (const [space, other] of [
        [data, http],
        [http, data],
      ] as const) {
        for (const key of KEYS) {
          assert.equal(space.keyOf(space.storeKeyOf(key)), key)
          assert.equal(space.keyOf(other.storeKeyOf(key)), undefined)
        }
      }
    }
  })

  it('usual keys of data and of responses stay as they are', () => {
    const { data, http } = createKeySpaces('test', '')
    for (const key of ['user:1', '/a', 'x']) assert.equal(data.storeKeyOf(key), key)
    for (const key of ['http://a/b', 'https://a/b\naccept']) assert.equal(http.storeKeyOf(key), key)
  })

  it('a key has 1 to MAX_KEY_LENGTH characters in both spaces', () => {
    const { data, http } = createKeySpaces('test', 'shop:')
    const message = 'cache test: a key must be a string of 1 to 8192 characters'
    for (const space of [data, http]) {
      for (const start of ['x', 'http', '\n']) {
        const longest = start.padEnd(MAX_KEY_LENGTH, 'x')
        assert.match(space.storeKeyOf(longest), /x$/)
        for (const key of ['', `${longest}x`, 1 as never, undefined as never]) {
          assert.equal(space.toStoreKey(key), undefined)
          assert.throws(() => space.storeKeyOf(key), new TypeError(message))
        }
      }
    }
  })
})
