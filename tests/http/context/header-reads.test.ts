import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasHeaderUnwatched, watchHeaderReads } from '../../../src/http/context/header-reads.ts'

const headers = () => new Headers({ cookie: 'a=1', 'x-own': '1' })

describe('watchHeaderReads()', () => {
  it('records the name of each header that is read, in lower case, whether present or absent', () => {
    const watched = headers()
    const { names } = watchHeaderReads(watched)
    assert.equal(watched.get('Cookie'), 'a=1')
    assert.equal(watched.has('X-OWN'), true)
    assert.equal(watched.get('authorization'), null)
    assert.deepEqual([...names], ['cookie', 'x-own', 'authorization'])
  })

  it('records nothing when all headers are copied', () => {
    const watched = headers()
    const { names } = watchHeaderReads(watched)
    const copy = new Headers(watched)
    watched.forEach(() => {})
    new Request('http://localhost/', { headers: watched })
    assert.deepEqual(Object.fromEntries(watched), { cookie: 'a=1', 'x-own': '1' })
    assert.equal(copy.get('cookie'), 'a=1')
    assert.deepEqual([...names], [])
  })

  it('records nothing for hasHeaderUnwatched()', () => {
    const watched = headers()
    const { names } = watchHeaderReads(watched)
    assert.equal(hasHeaderUnwatched(watched, 'Cookie'), true)
    assert.equal(hasHeaderUnwatched(watched, 'authorization'), false)
    assert.deepEqual([...names], [])
  })

  it('stop() ends the recording and restores the methods', () => {
    const watched = headers()
    const { names, stop } = watchHeaderReads(watched)
    stop()
    watched.get('cookie')
    assert.deepEqual([...names], [])
    assert.deepEqual(Object.getOwnPropertyNames(watched), [])
    assert.equal(watched.get, Headers.prototype.get)
  })

  it('nested watches each record a read and stop one by one', () => {
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

  it('throws for an invalid header name, as Headers does', () => {
    const watched = headers()
    watchHeaderReads(watched)
    assert.throws(() => watched.get('a b'), TypeError)
  })
})
