import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSilent } from '../../../src/proxy/lifetime/default-lifetime.ts'

const get = { method: 'GET', authorized: false }

describe('isSilent', () => {
  it('a successful response without a word about storing is', () => {
    for (const status of [200, 203, 204, 301, 308]) assert.equal(isSilent(get, status, new Headers()), true)
    assert.equal(
      isSilent({ ...get, method: 'HEAD' }, 200, new Headers({ vary: 'Accept', etag: '"1"' })),
      true,
    )
  })

  it('an error, a temporary redirect and a part are not', () => {
    for (const status of [206, 302, 303, 307, 400, 401, 404, 500, 503])
      assert.equal(isSilent(get, status, new Headers()), false)
  })

  it('a response for one user, or of another method, is not', () => {
    assert.equal(isSilent({ ...get, authorized: true }, 200, new Headers()), false)
    assert.equal(isSilent({ ...get, method: 'POST' }, 200, new Headers()), false)
    assert.equal(isSilent(get, 200, new Headers({ 'set-cookie': 'a=1' })), false)
    assert.equal(isSilent(get, 200, new Headers({ vary: 'Accept, *' })), false)
  })

  for (const [name, value] of [
    ['cache-control', ''],
    ['cache-control', 'private'],
    ['expires', '0'],
    ['pragma', 'no-cache'],
    ['cdn-cache-control', 'max-age=1'],
    ['hitrate-cache-control', 'max-age=1'],
    ['surrogate-control', 'no-store'],
  ] as const) {
    it(`a response with "${name}: ${value}" is not`, () =>
      assert.equal(isSilent(get, 200, new Headers({ [name]: value })), false))
  }
})
