import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { urlKey } from '../../../src/http/policy/cache-key.ts'
import {
  createUrlTags,
  hostTag,
  levelsOf,
  MAX_PREFIX_LENGTH,
  MAX_PREFIX_LEVELS,
  normalisedPath,
  pathTag,
  prefixTag,
} from '../../../src/http/policy/url-tags.ts'

const tagsOf = createUrlTags()
/** The tags of a URL as a request has it. */
const tagsOfRequest = (url: string) => tagsOf(urlKey()({ req: { url: new URL(url).href } }))

describe('the tags of a URL', () => {
  it('a response has a tag for its URL on its host, its path, and each directory', () => {
    assert.deepEqual(tagsOf('http://example.com/blog/2026/post?page=1/2'), [
      '\nuexample.com/blog/2026/post?page=1/2',
      '\nu/blog/2026/post?page=1/2',
      '\nd/',
      '\nd/blog/',
      '\nd/blog/2026/',
    ])
    assert.deepEqual(tagsOf('https://example.com/'), ['\nuexample.com/', '\nu/', '\nd/'])
    assert.ok(tagsOf('https://example.com/blog/').includes(prefixTag('/blog/')))
    assert.ok(!tagsOf('https://example.com/blog').includes(prefixTag('/blog/')))
  })

  it('scheme and port are not part of a tag', () => {
    for (const origin of ['http://a.b', 'https://a.b', 'http://a.b:3000']) {
      assert.equal(hostTag(`${origin}/x?y`), '\nua.b/x?y')
      assert.equal(tagsOf(`${origin}/x?y`)[0], '\nua.b/x?y')
      assert.equal(pathTag(`${origin}/x?y`), '\nu/x?y')
    }
    assert.equal(hostTag('http://[::1]:3000/x'), '\nu[::1]/x')
    assert.equal(hostTag('http://[::1]/x'), '\nu[::1]/x')
  })

  it('a URL without scheme and host, as on Bun, has the tags of its path', () => {
    assert.equal(hostTag('/x?u=http://y/'), '\nu/x?u=http://y/')
    assert.deepEqual(tagsOf('/a/x'), ['\nu/a/x', '\nu/a/x', '\nd/', '\nd/a/'])
  })

  it('both spellings of * have one tag', () => {
    assert.deepEqual(tagsOfRequest('http://a/x*/y*?z=*'), tagsOfRequest('http://a/x%2a/y%2A?z=%2a'))
    assert.equal(prefixTag('/x%2a/'), tagsOfRequest('http://a/x*/y').at(-1))
  })

  it('a prefix has the spelling of the keys', () => {
    assert.equal(normalisedPath('/%41/%c3%a9/b c/'), '/A/%C3%A9/b%20c/')
    for (const prefix of ['/%41/', '/é/', '/a b/', '//', '/a//b/']) {
      assert.ok(tagsOfRequest(`http://a${prefix}x`).includes(prefixTag(prefix)), prefix)
    }
    assert.deepEqual(['/', '/a/', '/a/b/'].map(levelsOf), [0, 1, 2])
  })

  it('levels and length of the directories are bounded, because clients choose the paths', () => {
    const deepest = '/1'.repeat(MAX_PREFIX_LEVELS)
    assert.equal(tagsOf(`http://a${deepest}/9/10/x`).at(-1), prefixTag(`${deepest}/`))
    const longest = `/${'x'.repeat(MAX_PREFIX_LENGTH - 2)}/`
    assert.equal(tagsOf(`http://a${longest}x`).at(-1), prefixTag(longest))
    assert.deepEqual(tagsOf(`http://a/y${longest}x`).slice(2), ['\nd/', '\nd/y/'])
  })
})
