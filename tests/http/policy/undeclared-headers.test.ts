import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCacheControl } from '../../../src/http/fields/cache-control.ts'
import { dependsOn, undeclaredHeaders } from '../../../src/http/policy/undeclared-headers.ts'

interface Case {
  read: string[]
  all?: boolean
  vary?: string
  control?: string
  request?: Record<string, string>
  allowOrigin?: string
  ignored?: string[]
  isHostInKey?: boolean
}

function undeclared({
  read,
  all = false,
  control = 'max-age=60',
  request = {},
  ...declared
}: Case): string[] {
  return undeclaredHeaders({ names: new Set(read), all }, (name) => request[name], {
    vary: declared.vary ?? null,
    allowOrigin: declared.allowOrigin ?? null,
    directives: parseCacheControl(control),
    ignored: new Set(declared.ignored),
    isHostInKey: declared.isHostInKey ?? true,
  })
}

describe('undeclaredHeaders()', () => {
  it('every header that was read by name is undeclared, credentials first', () => {
    assert.deepEqual(undeclared({ read: ['x-tenant'] }), ['x-tenant'])
    assert.deepEqual(undeclared({ read: ['user-agent', 'authorization', 'accept', 'cookie'] }), [
      'cookie',
      'authorization',
      'user-agent',
      'accept',
    ])
    for (const name of ['x-forwarded-host', 'x-forwarded-for', 'forwarded', 'referer', 'cf-connecting-ip']) {
      assert.deepEqual(undeclared({ read: [name] }), [name])
    }
  })

  it('headers of caching, connections and traces need no declaration', () => {
    const read = [
      'if-none-match',
      'range',
      'cache-control',
      'accept-encoding',
      'te',
      'traceparent',
      'x-request-id',
    ]
    assert.deepEqual(undeclared({ read }), [])
  })

  it('a header that Vary or the option ignoredHeaders names is declared', () => {
    assert.deepEqual(undeclared({ read: ['cookie', 'accept'], vary: 'Accept, Cookie' }), [])
    assert.deepEqual(undeclared({ read: ['cookie', 'accept'], vary: 'accept' }), ['cookie'])
    assert.deepEqual(undeclared({ read: ['x-a', 'x-b'], ignored: ['x-a'] }), ['x-b'])
  })

  it('public declares every header', () => {
    const read = ['cookie', 'authorization', 'x-a']
    assert.deepEqual(undeclared({ read, control: 'public, max-age=60' }), [])
  })

  it('must-revalidate and s-maxage declare Authorization only', () => {
    const read = ['cookie', 'authorization', 'x-a']
    for (const control of ['must-revalidate', 's-maxage=60']) {
      assert.deepEqual(undeclared({ read, control }), ['cookie', 'x-a'], control)
    }
  })

  it('a read of all headers counts as a read of the credentials that the request has', () => {
    const request = { cookie: 'a=1', 'x-tenant': 'b' }
    assert.deepEqual(undeclared({ read: [], all: true, request }), ['cookie'])
    assert.deepEqual(undeclared({ read: [], all: true, request: { authorization: 'a' } }), ['authorization'])
    assert.deepEqual(undeclared({ read: [], all: true }), [])
    assert.deepEqual(undeclared({ read: [], request }), [])
  })

  it('Origin needs no declaration where every origin is allowed', () => {
    assert.deepEqual(undeclared({ read: ['origin'], allowOrigin: '*' }), [])
    assert.deepEqual(undeclared({ read: ['origin'], allowOrigin: 'https://a.example' }), ['origin'])
    assert.deepEqual(undeclared({ read: ['origin'] }), ['origin'])
  })

  it('Host needs no declaration where the key contains it', () => {
    assert.deepEqual(undeclared({ read: ['host'] }), [])
    assert.deepEqual(undeclared({ read: ['host'], isHostInKey: false }), ['host'])
  })
})

describe('dependsOn()', () => {
  it('the detail names the header, unless the name is odd or long', () => {
    assert.equal(dependsOn('x-tenant'), 'depends-on-x-tenant')
    for (const name of ['', '*', 'a b', 'a"b', 'a'.repeat(41)])
      assert.equal(dependsOn(name), 'depends-on-header')
  })
})
