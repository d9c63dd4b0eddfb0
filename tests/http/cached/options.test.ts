/** Validation of the options of `cached()`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cached } from '../../../src/http/cached/cached.ts'
import { testApp } from '../../support/test-app.ts'

describe('options of cached()', () => {
  const { cache } = testApp()
  const cases: [option: string, options: Record<string, unknown>][] = [
    ['targetedControl', { targetedControl: '' }],
    ['targetedControl', { targetedControl: 'Max-Age=60' }],
    ['targetedControl', { targetedControl: 'max-age=60,' }],
    ['targetedControl', { targetedControl: 'max-age=1m' }],
    ['targetedControl', { targetedControl: 'max-age=60, stale-if-error="1"' }],
    ['cacheControl', { cacheControl: '' }],
    ['cacheControl', { cacheControl: '@' }],
    ['cacheControl', { cacheControl: 'max-age' }],
    ['cacheControl', { cacheControl: 'public, s-maxage=-1' }],
    ['vary', { vary: 'not a name' }],
    ['vary', { vary: '*' }],
    ['cache', { cache: {} }],
    ['bufferBytes', { bufferBytes: -1 }],
    ['maxVariants', { maxVariants: 0 }],
    ['query', { query: 'page' }],
    ['vary', { vary: ['accept', 'é'] }],
    ['cacheableStatusCodes', { cacheableStatusCodes: [200, 20] }],
    ['cacheableStatusCodes', { cacheableStatusCodes: ['200'] }],
    ['maxBodyBytes', { maxBodyBytes: -1 }],
    ['maxBodyBytes', { maxBodyBytes: Number.NaN }],
    ['targetedControl', { targetedControl: 60 }],
    ['cacheControl', { cacheControl: { public: true } }],
    ['vary', { vary: [1] }],
    ['cacheableStatusCodes', { cacheableStatusCodes: 200 }],
    ['keyGenerator', { keyGenerator: 'url' }],
    ['cache', { cache: undefined }],
  ]
  for (const [option, options] of cases) {
    it(`cached() throws a TypeError that names the invalid option: ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => cached({ cache, ...options }),
        (error: Error) => error instanceof TypeError && error.message.startsWith(`cached: ${option} must `),
      )
    })
  }

  it('cached() accepts unusual but valid options', () => {
    for (const options of [
      {},
      { targetedControl: 'max-age=60, negative, foo="bar", private=("x")' },
      { cacheControl: 'Public, max-age="60", foo=bar' },
      { vary: 'accept, Accept-Language' },
      { vary: [] },
      { vary: '' },
      { cacheableStatusCodes: [] },
      { maxBodyBytes: 0 },
      { maxBodyBytes: Number.POSITIVE_INFINITY },
    ]) {
      assert.doesNotThrow(() => cached({ cache, ...options }), JSON.stringify(options))
    }
  })

  it('cached() does not change the options object', () => {
    const options = Object.freeze({
      cache,
      vary: Object.freeze(['accept']) as string[],
      query: [],
      cacheControl: 'max-age=1',
    })
    assert.doesNotThrow(() => cached(options))
  })
})
