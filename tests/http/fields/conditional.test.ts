import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { etagOf, isNotModified } from '../../../src/http/fields/conditional.ts'

const NOW = Date.UTC(2026, 10, 22)
const earlier = 'Sat, 21 Nov 2026 00:00:00 GMT'
const modified = 'Sun, 22 Nov 2026 00:00:00 GMT'
const later = 'Mon, 23 Nov 2026 00:00:00 GMT'

describe('If-None-Match', () => {
  const matches = (
    ifNoneMatch: string,
    etag: string | undefined,
    lastModified?: string,
    ifModifiedSince?: string,
  ) => isNotModified({ etag, lastModified }, { ifNoneMatch, ifModifiedSince }, NOW)

  it('matches the entity tag, alone or in a list', () => {
    assert.equal(matches('"a"', '"a"'), true)
    assert.equal(matches('"x", "a"', '"a"'), true)
    assert.equal(matches('"x","a","y"', '"a"'), true)
    assert.equal(matches(' "a" ,', '"a"'), true)
    assert.equal(matches('"b"', '"a"'), false)
    assert.equal(matches('"A"', '"a"'), false)
    assert.equal(matches('', '"a"'), false)
  })

  it('is compared weakly with the entity tag', () => {
    assert.equal(matches('W/"a"', '"a"'), true)
    assert.equal(matches('"a"', 'W/"a"'), true)
    assert.equal(matches('W/"a"', 'W/"a"'), true)
    assert.equal(matches('W/"b"', 'W/"a"'), false)
  })

  it('distinguishes a comma within a tag from a separator', () => {
    assert.equal(matches('"a,b"', '"a,b"'), true)
    assert.equal(matches('"a, b"', '"b"'), false)
    assert.equal(matches('"", "b"', '""'), true)
    assert.equal(matches('"\xfc"', '"\xfc"'), true)
  })

  it('ignores a tag without quotes', () => {
    assert.equal(matches('a', '"a"'), false)
    assert.equal(matches('a', 'a'), false)
    assert.equal(matches("'a'", '"a"'), false)
    assert.equal(matches('"a', '"a"'), false)
  })

  it('matches every response with *', () => {
    assert.equal(matches('*', '"a"'), true)
    assert.equal(matches(' * ', undefined), true)
    assert.equal(matches('"*"', '"a"'), false)
    assert.equal(matches('*, "x"', '"a"'), false)
  })

  it('does not match a response without an entity tag', () => assert.equal(matches('"a"', undefined), false))

  it('takes precedence over If-Modified-Since', () => {
    assert.equal(matches('"b"', '"a"', modified, later), false)
    assert.equal(matches('"a"', '"a"', modified, earlier), true)
    assert.equal(matches('"a"', undefined, modified, later), false)
  })
})

describe('If-Modified-Since', () => {
  const matches = (ifModifiedSince: string, lastModified: string | undefined) =>
    isNotModified({ etag: '"a"', lastModified }, { ifNoneMatch: undefined, ifModifiedSince }, NOW)

  it('matches a response that was not modified since', () => {
    assert.equal(matches(modified, modified), true)
    assert.equal(matches(later, modified), true)
    assert.equal(matches(earlier, modified), false)
    assert.equal(matches('Sunday, 22-Nov-26 00:00:00 GMT', modified), true)
    assert.equal(matches('Sun Nov 22 00:00:00 2026', modified), true)
  })

  it('does not match if either date is missing or invalid', () => {
    assert.equal(matches(later, undefined), false)
    assert.equal(matches('2026-11-23', modified), false)
    assert.equal(matches(later, 'today'), false)
    assert.equal(matches('', modified), false)
  })

  it('does not match a request without conditions', () => {
    const conditions = { ifNoneMatch: undefined, ifModifiedSince: undefined }
    assert.equal(isNotModified({ etag: '"a"', lastModified: modified }, conditions, NOW), false)
  })
})

describe('etagOf()', () => {
  const tag = (text: string) => etagOf(new TextEncoder().encode(text))

  it('returns the first 16 bytes of the SHA-256 in base64url', async () => {
    assert.equal(await tag(''), '"47DEQpj8HBSa-_TImW-5JA"')
    assert.equal(await tag('hello'), '"LPJNul-wow4m6Dsqxbning"')
  })

  it('is the same function of the bytes for bodies that are hashed on another thread', async () => {
    for (const length of [64 * 1024, 64 * 1024 + 1]) {
      const bytes = new Uint8Array(length).fill(7)
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes))
      assert.equal(await etagOf(bytes), `"${digest.subarray(0, 16).toString('base64url')}"`)
    }
  })

  it('returns a strong entity tag: the same for the same bytes only', async () => {
    assert.equal(await tag('hello'), await tag('hello'))
    assert.notEqual(await tag('hello'), await tag('hello '))
  })

  it('returns an entity tag that If-None-Match matches', async () => {
    for (let i = 0; i < 100; i++) {
      const etag = await tag(String(i))
      assert.match(etag, /^"[\w-]{22}"$/)
      assert.ok(
        isNotModified(
          { etag, lastModified: undefined },
          { ifNoneMatch: `"x", ${etag}`, ifModifiedSince: undefined },
          NOW,
        ),
      )
    }
  })
})
