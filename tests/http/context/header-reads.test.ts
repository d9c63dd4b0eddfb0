import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasHeaderUnwatched, watchHeaderReads } from '../../../src/http/context/header-reads.ts'

const headers = () => new Headers({ cookie: 'a=1', 'x-own': '1' })

describe('watching a request’s fields', () => {
  it('hears of each that is asked for by name, in lower case, whether it is there or not', () => {
    const watched = headers()
    const { names } = watchHeaderReads(watched)
    assert.equal(watched.get('Cookie'), 'a=1')
    assert.equal(watched.has('X-OWN'), true)
    assert.equal(watched.get('authorization'), null)
    assert.deepEqual([...names], ['cookie', 'x-own', 'authorization'])
  })

  it('hears nothing of who copies them all', () => {
    const watched = headers()
    const { names } = watchHeaderReads(watched)
    const copy = new Headers(watched)
    watched.forEach(() => {})
    new Request('http://localhost/', { headers: watched })
    assert.deepEqual(Object.fromEntries(watched), { cookie: 'a=1', 'x-own': '1' })
    assert.equal(copy.get('cookie'), 'a=1')
    assert.deepEqual([...names], [])
  })

  it('hears nothing of who asks quietly', () => {
    const watched = headers()
    const { names } = watchHeaderReads(watched)
    assert.equal(hasHeaderUnwatched(watched, 'Cookie'), true)
    assert.equal(hasHeaderUnwatched(watched, 'authorization'), false)
    assert.deepEqual([...names], [])
  })

  it('hears nothing more when it has stopped, and leaves nothing behind', () => {
    const watched = headers()
    const { names, stop } = watchHeaderReads(watched)
    stop()
    watched.get('cookie')
    assert.deepEqual([...names], [])
    assert.deepEqual(Object.getOwnPropertyNames(watched), [])
    assert.equal(watched.get, Headers.prototype.get)
  })

  it('is heard by each who watches, and stopped one by one', () => {
    const watched = headers()
    const outer = watchHeaderReads(watched)
    watched.get('x-before')
    const inner = watchHeaderReads(watched)
    watched.get('cookie')
    inner.stop()
    watched.has('x-after')
    outer.stop()
    watched.get('x-own')
    assert.deepEqual([...outer.names], ['x-before', 'cookie', 'x-after'])
    assert.deepEqual([...inner.names], ['cookie'])
    assert.equal(watched.get, Headers.prototype.get)
  })

  it('fails as the field would when the name is none', () => {
    const watched = headers()
    watchHeaderReads(watched)
    assert.throws(() => watched.get('a b'), TypeError)
  })
})
