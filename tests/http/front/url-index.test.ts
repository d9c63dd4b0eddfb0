import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import {
  attachedIndex,
  attachIndex,
  createUrlIndex,
  indexSymbol,
  type UrlEntry,
} from '../../../src/http/front/url-index.ts'

const entry = (key: string): UrlEntry => ({
  key,
  about: { method: 'GET', route: '/x' },
  responder: {
    obeysPragma: false,
    isAudited: false,
    hasVariants: () => false,
    toResponse: () => new Response(),
    toMessage: () => assert.fail('not called'),
  },
})

describe('createUrlIndex', () => {
  it('the index returns the entry of a URL', () => {
    const index = createUrlIndex()
    const added = entry('key')
    index.add('http://a/x', added)
    assert.equal(index.get('http://a/x'), added)
    assert.equal(index.get('http://a/y'), undefined)
  })

  it('the index evicts the oldest URLs above its maximum number', () => {
    const index = createUrlIndex(1000, 2)
    for (const url of ['a', 'b', 'c']) index.add(url, entry(url))
    assert.deepEqual(
      ['a', 'b', 'c'].map((url) => index.get(url)?.key),
      [undefined, 'b', 'c'],
    )
  })

  it('the index evicts the oldest URLs above the maximum length of URLs and keys', () => {
    const index = createUrlIndex(20, 100)
    for (const url of ['aaaa', 'bbbb', 'cccc']) index.add(url, entry('key'))
    assert.deepEqual(
      ['aaaa', 'bbbb', 'cccc'].map((url) => index.get(url) !== undefined),
      [false, true, true],
    )
  })
})

describe('attachIndex', () => {
  it('the index is attached to one request object, for one cache', () => {
    const [first, second] = [createCache(), createCache()]
    const index = createUrlIndex()
    const request = new Request('http://a/x')
    attachIndex(request, indexSymbol(first), index)
    assert.equal(attachedIndex(request, indexSymbol(first)), index)
    assert.equal(attachedIndex(request, indexSymbol(second)), undefined)
    assert.equal(attachedIndex(new Request(request), indexSymbol(first)), undefined)
  })
})
