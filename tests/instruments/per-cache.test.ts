import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cacheLabel } from '../../src/instruments/cache-label.ts'
import { perCache } from '../../src/instruments/per-cache.ts'

function bound() {
  const bindings: string[] = []
  const seriesOf = perCache((cache) => {
    bindings.push(cache)
    return { cache }
  })
  return { bindings, seriesOf }
}

describe('perCache', () => {
  it('the series of a cache are made once, in any order of the names', () => {
    const { bindings, seriesOf } = bound()
    const users = seriesOf('users')
    const pages = seriesOf('pages')
    assert.notEqual(users, pages)
    for (const name of ['users', 'pages', 'pages', 'users']) {
      assert.equal(seriesOf(name), name === 'users' ? users : pages)
    }
    assert.deepEqual(bindings, ['users', 'pages'])
  })

  it('names above the maximum of the label share the series "other"', () => {
    const { bindings, seriesOf } = bound()
    const names = Array.from({ length: 40 }, (_, i) => `cache ${i}`)
    for (const name of names) seriesOf(name)
    assert.deepEqual(bindings, [...names.slice(0, cacheLabel.max), 'other'])
    assert.equal(seriesOf('cache 39').cache, 'other')
    assert.equal(seriesOf('cache 15').cache, 'cache 15')
  })

  it('names that differ only in lone surrogates take one place of the maximum', () => {
    const { bindings, seriesOf } = bound()
    for (let i = 0; i < 20; i++) seriesOf(String.fromCharCode(0xd800 + i))
    seriesOf('users')
    assert.deepEqual(bindings, ['\ufffd', 'users'])
  })
})
