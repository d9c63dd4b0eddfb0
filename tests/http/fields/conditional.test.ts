import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { etagOf, isNotModified } from '../../../src/http/fields/conditional.ts'

const NOW = Date.UTC(2026, 10, 22)
const earlier = 'Sat, 21 Nov 2026 00:00:00 GMT'
const modified = 'Sun, 22 Nov 2026 00:00:00 GMT'
const later = 'Mon, 23 Nov 2026 00:00:00 GMT'

describe('If-None-Match', () => {
  const has = (
    ifNoneMatch: string,
    etag: string | undefined,
    lastModified?: string,
    ifModifiedSince?: string,
  ) => isNotModified({ etag, lastModified }, { ifNoneMatch, ifModifiedSince }, NOW)

  it('names the entity tag, alone or in a list', () => {
    assert.equal(has('"a"', '"a"'), true)
    assert.equal(has('"x", "a"', '"a"'), true)
    assert.equal(has('"x","a","y"', '"a"'), true)
    assert.equal(has(' "a" ,', '"a"'), true)
    assert.equal(has('"b"', '"a"'), false)
    assert.equal(has('"A"', '"a"'), false)
    assert.equal(has('', '"a"'), false)
  })

  it('is compared weakly', () => {
    assert.equal(has('W/"a"', '"a"'), true)
    assert.equal(has('"a"', 'W/"a"'), true)
    assert.equal(has('W/"a"', 'W/"a"'), true)
    assert.equal(has('W/"b"', 'W/"a"'), false)
  })

  it('knows a comma within a tag from one between two', () => {
    assert.equal(has('"a,b"', '"a,b"'), true)
    assert.equal(has('"a, b"', '"b"'), false)
    assert.equal(has('"", "b"', '""'), true)
    assert.equal(has('"\xfc"', '"\xfc"'), true)
  })

  it('takes no tag without quotes', () => {
    assert.equal(has('a', '"a"'), false)
    assert.equal(has('a', 'a'), false)
    assert.equal(has("'a'", '"a"'), false)
    assert.equal(has('"a', '"a"'), false)
  })

  it('* is whatever there is', () => {
    assert.equal(has('*', '"a"'), true)
    assert.equal(has(' * ', undefined), true)
    assert.equal(has('"*"', '"a"'), false)
    assert.equal(has('*, "x"', '"a"'), false)
  })

  it('names nothing where there is no tag', () => assert.equal(has('"a"', undefined), false))

  it('wins over If-Modified-Since', () => {
    assert.equal(has('"b"', '"a"', modified, later), false)
    assert.equal(has('"a"', '"a"', modified, earlier), true)
    assert.equal(has('"a"', undefined, modified, later), false)
  })
})

describe('If-Modified-Since', () => {
  const has = (ifModifiedSince: string, lastModified: string | undefined) =>
    isNotModified({ etag: '"a"', lastModified }, { ifNoneMatch: undefined, ifModifiedSince }, NOW)

  it('is met by what was not modified since', () => {
    assert.equal(has(modified, modified), true)
    assert.equal(has(later, modified), true)
    assert.equal(has(earlier, modified), false)
    assert.equal(has('Sunday, 22-Nov-26 00:00:00 GMT', modified), true)
    assert.equal(has('Sun Nov 22 00:00:00 2026', modified), true)
  })

  it('is not met where either date is missing or none', () => {
    assert.equal(has(later, undefined), false)
    assert.equal(has('2026-11-23', modified), false)
    assert.equal(has(later, 'today'), false)
    assert.equal(has('', modified), false)
  })

  it('is not asked for by a request without conditions', () => {
    const conditions = { ifNoneMatch: undefined, ifModifiedSince: undefined }
    assert.equal(isNotModified({ etag: '"a"', lastModified: modified }, conditions, NOW), false)
  })
})

describe('the entity tag that is made', () => {
  const tag = (text: string) => etagOf(new TextEncoder().encode(text))

  it('is the start of the SHA-256 of the bytes, in base64url', async () => {
    assert.equal(await tag(''), '"47DEQpj8HBSa-_TImW-5JA"')
    assert.equal(await tag('hello'), '"LPJNul-wow4m6Dsqxbning"')
  })

  it('is strong: the same for the same bytes only', async () => {
    assert.equal(await tag('hello'), await tag('hello'))
    assert.notEqual(await tag('hello'), await tag('hello '))
  })

  it('is one that If-None-Match finds again', async () => {
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
