import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCacheControl } from '../../../src/http/fields/cache-control.ts'
import { removeAddedDirectives, withAddedDirectives } from '../../../src/http/policy/added-directives.ts'

const added = { cacheControl: parseCacheControl('public, max-age=60'), cacheableStatusCodes: [200] }
const response = (control: string | undefined, status = 200) =>
  new Response(null, { status, headers: control === undefined ? {} : { 'cache-control': control } })

describe('withAddedDirectives', () => {
  it('directives that the handler did not set are appended', () => {
    assert.equal(withAddedDirectives(response(undefined), added), 'public, max-age=60')
    assert.equal(withAddedDirectives(response('Max-Age=5'), added), 'Max-Age=5, public')
    assert.equal(withAddedDirectives(response('public, max-age=1'), added), 'public, max-age=1')
  })

  it('nothing is added for other statuses, or without the option', () => {
    assert.equal(withAddedDirectives(response(undefined, 404), added), null)
    assert.equal(withAddedDirectives(response('no-cache', 404), added), 'no-cache')
    assert.equal(withAddedDirectives(response(undefined), { ...added, cacheControl: new Map() }), null)
  })
})

describe('removeAddedDirectives', () => {
  function remaining(control: string, options = added) {
    const headers = new Headers({ 'cache-control': control })
    removeAddedDirectives(headers, options)
    return headers.get('cache-control')
  }

  it('directives with the value of the option are removed', () => {
    assert.equal(remaining('private, public, max-age=60'), 'private')
    assert.equal(remaining('public, max-age=61'), 'max-age=61')
    assert.equal(remaining('public, max-age=60'), null)
  })

  it('Cache-Control stays as it is without the option', () => {
    assert.equal(remaining('a,  b', { ...added, cacheControl: new Map() }), 'a,  b')
  })
})
