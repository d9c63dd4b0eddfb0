import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SeenTags } from '../../../src/stores/memcached/seen-tags.ts'

describe('the tags that a process has seen', () => {
  it('tags are those of the last value of the name', () => {
    const seen = new SeenTags()
    assert.equal(seen.tagsOf('a'), undefined)
    assert.deepEqual(seen.see('a', 'red blue'), ['red', 'blue'])
    assert.deepEqual(seen.tagsOf('a'), ['red', 'blue'])
    assert.equal(seen.see('a', 'red blue'), seen.tagsOf('a'), 'equal tags are not divided again')
    assert.deepEqual(seen.see('a', 'green'), ['green'])
    assert.deepEqual(seen.see('a', ''), [])
    assert.equal(seen.tagsOf('a'), undefined)
  })

  it('tags of at most 10,000 names are remembered, those of the last ones', () => {
    const seen = new SeenTags()
    for (let i = 0; i <= 10_000; i++) seen.see(`${i}`, 'red')
    assert.equal(seen.tagsOf('0'), undefined)
    assert.deepEqual(seen.tagsOf('1'), ['red'])
    assert.deepEqual(seen.tagsOf('10000'), ['red'])
  })

  it('tags of at most 4,000,000 characters are remembered, those of the last names', () => {
    const seen = new SeenTags()
    const text = 'r'.repeat(1_000_000)
    for (const name of ['a', 'b', 'c', 'd']) seen.see(name, text)
    assert.deepEqual(seen.tagsOf('a'), [text])
    seen.see('e', text)
    assert.equal(seen.tagsOf('a'), undefined)
    seen.see('c', '')
    seen.see('f', text)
    assert.deepEqual(seen.tagsOf('b'), [text], 'the tags of c are counted no more')
  })
})
