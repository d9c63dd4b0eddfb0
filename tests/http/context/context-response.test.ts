import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from 'hono'
import {
  addHeaders,
  cancelBody,
  changeHeaders,
  discardResponse,
  headersOf304,
  headersSetBefore,
  ownHeaders,
  resetContext,
  restoreHeaders,
  setHeader,
  setResponse,
} from '../../../src/http/context/context-response.ts'
import { APPENDED_TO } from '../../../src/http/fields/internal-headers.ts'

const newContext = () => new Context(new Request('http://localhost/'))

describe('the response in the context', () => {
  it('headersSetBefore returns headers from c.header() and from c.res', () => {
    const c = newContext()
    c.header('x-a', '1')
    assert.equal(headersSetBefore(c).get('x-a'), '1')
    c.res.headers.set('x-b', '2')
    assert.equal(headersSetBefore(c).get('x-b'), '2')
  })

  it('setResponse adds no header of the previous response', () => {
    const c = newContext()
    c.header('x-a', '1')
    c.res.headers.set('x-b', '2')
    setResponse(c, new Response('new', { headers: { 'x-c': '3' } }))
    assert.deepEqual(
      [c.res.headers.get('x-a'), c.res.headers.get('x-b'), c.res.headers.get('x-c')],
      [null, null, '3'],
    )
  })

  it('setHeader replaces an immutable response, and keeps status and body', async () => {
    const c = newContext()
    setResponse(c, Response.redirect('http://localhost/y', 301))
    setHeader(c, 'x-a', '1')
    assert.deepEqual([c.res.status, c.res.headers.get('x-a')], [301, '1'])
    assert.equal(c.res.headers.get('location'), 'http://localhost/y')
  })

  it('changeHeaders keeps the response object, or its status, status text and body if its headers are immutable', async () => {
    const c = newContext()
    const own = new Response('x', { status: 201, statusText: 'Made', headers: { 'x-a': '1' } })
    setResponse(c, own)
    changeHeaders(c, (headers) => headers.delete('x-a'))
    assert.equal(c.res, own)
    assert.equal(c.res.headers.get('x-a'), null)
    const fetched = await fetch('data:text/plain,hello')
    setResponse(c, fetched)
    changeHeaders(c, (headers) => headers.set('x-a', '1'))
    assert.deepEqual([c.res.status, c.res.statusText, c.res.headers.get('x-a')], [200, 'OK', '1'])
    assert.equal(await c.res.text(), 'hello')
  })

  it('restoreHeaders undoes the changes to a response object that an earlier request has changed', () => {
    const originals = new WeakMap<Response, Headers>()
    const shared = new Response(null, { headers: { 'x-a': '1' } })
    shared.headers.append('set-cookie', 'a=1')
    shared.headers.append('set-cookie', 'b=2')
    for (const own of [shared, Response.redirect('http://localhost/y')]) {
      for (const request of ['1', '2']) {
        const c = newContext()
        setResponse(c, own)
        restoreHeaders(c, originals)
        assert.equal(c.res.headers.get('x-request'), null)
        assert.deepEqual(c.res.headers.getSetCookie(), own === shared ? ['a=1', 'b=2'] : [])
        changeHeaders(c, (headers) => {
          headers.set('x-request', request)
          headers.delete('set-cookie')
        })
        assert.equal(c.res.headers.get('x-request'), request)
      }
    }
  })

  it('setHeader keeps the same response object for null and an equal value', () => {
    const c = newContext()
    const response = new Response(null, { headers: { 'x-a': '1' } })
    setResponse(c, response)
    setHeader(c, 'x-a', '1')
    setHeader(c, 'x-b', null)
    assert.equal(c.res, response)
  })

  it('discardResponse keeps the headers before; resetContext drops everything', () => {
    const c = newContext()
    setResponse(c, new Response('own', { headers: { 'x-own': '1' } }))
    discardResponse(c, new Headers({ 'x-outer': '1' }))
    assert.equal(c.finalized, false)
    assert.deepEqual([c.res.headers.get('x-own'), c.res.headers.get('x-outer')], [null, '1'])
    resetContext(c)
    assert.equal(c.finalized, false)
    assert.deepEqual([...headersSetBefore(c)], [])
  })

  it('cancelBody releases the source, and ignores a locked body or none', async () => {
    let cancels = 0
    cancelBody(new ReadableStream({ cancel: () => void cancels++ }))
    const locked = new ReadableStream({ cancel: () => void cancels++ })
    locked.getReader()
    cancelBody(locked)
    cancelBody(null)
    await Promise.resolve()
    assert.equal(cancels, 1)
  })
})

describe('ownHeaders', () => {
  it('headers that outer middleware set are not the handler’s own', () => {
    const own = ownHeaders(new Headers({ 'x-outer': '1', 'x-own': '2' }), new Headers({ 'x-outer': '1' }))
    assert.deepEqual(Object.fromEntries(own), { 'x-own': '2' })
  })

  it('only the appended part of a header is the handler’s own, and its name is listed', () => {
    const own = ownHeaders(new Headers({ link: '<ann>, <all>' }), new Headers({ link: '<ann>' }))
    assert.equal(own.get('link'), '<all>')
    assert.equal(own.get(APPENDED_TO), 'link')
  })

  it('Cache-Control and Vary keep the part that outer middleware set', () => {
    const own = ownHeaders(
      new Headers({ 'cache-control': 'private, max-age=1', vary: 'origin, accept' }),
      new Headers({ 'cache-control': 'private', vary: 'origin' }),
    )
    assert.deepEqual([own.get('cache-control'), own.get('vary')], ['private, max-age=1', 'origin, accept'])
    assert.equal(own.get(APPENDED_TO), null)
  })

  it('cookies of outer middleware are not the handler’s own', () => {
    const headers = new Headers()
    for (const cookie of ['outer=1', 'own=1', 'own=2']) headers.append('set-cookie', cookie)
    const own = ownHeaders(headers, new Headers({ 'set-cookie': 'outer=1' }))
    assert.deepEqual(own.getSetCookie(), ['own=1', 'own=2'])
  })
})

describe('headersOf304', () => {
  it('headers of outer middleware do not update the stored response, except those that decide about storage', () => {
    const headers = { 'x-outer': '1', 'x-own': '2', vary: 'accept', expires: '0' }
    const updating = headersOf304(
      new Headers(headers),
      new Headers({ 'x-outer': '1', vary: 'accept', expires: '0' }),
    )
    assert.deepEqual(Object.fromEntries(updating), { 'x-own': '2', vary: 'accept', expires: '0' })
  })
})

describe('addHeaders', () => {
  it('headers that the response lacks are added, and all cookies', () => {
    const response = new Response(null, { headers: { 'x-a': 'own', 'set-cookie': 'own=1' } })
    addHeaders(response, new Headers({ 'x-a': 'outer', 'x-b': 'outer', 'set-cookie': 'outer=1' }))
    assert.deepEqual([response.headers.get('x-a'), response.headers.get('x-b')], ['own', 'outer'])
    assert.deepEqual(response.headers.getSetCookie(), ['own=1', 'outer=1'])
  })

  it('an appended header follows the added value', () => {
    const response = new Response(null, { headers: { link: '<all>' } })
    addHeaders(response, new Headers({ link: '<ann>' }), ['link'])
    assert.equal(response.headers.get('link'), '<ann>, <all>')
  })
})
