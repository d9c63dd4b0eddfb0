import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCacheControl } from '../../../src/http/fields/cache-control.ts'
import { undeclaredDependency } from '../../../src/http/policy/undeclared-dependency.ts'

const warningFor = (read: string[], vary: string | null = null, control = 'max-age=60') =>
  undeclaredDependency(new Set(read), vary, parseCacheControl(control))

describe('undeclaredDependency', () => {
  it('a read of Cookie or Authorization is a warning', () => {
    assert.equal(warningFor(['cookie']), 'depends-on-cookie')
    assert.equal(warningFor(['authorization']), 'depends-on-authorization')
    assert.equal(warningFor(['accept', 'authorization', 'cookie']), 'depends-on-cookie')
    assert.equal(warningFor(['accept']), undefined)
  })

  it('Vary declares the dependency on the header that it names', () => {
    assert.equal(warningFor(['cookie'], 'Accept, Cookie'), undefined)
    assert.equal(warningFor(['cookie'], 'authorization'), 'depends-on-cookie')
    assert.equal(warningFor(['authorization'], 'Authorization'), undefined)
    assert.equal(warningFor(['cookie', 'authorization'], 'cookie'), 'depends-on-authorization')
  })

  it('public and s-maxage declare the response as shared', () => {
    for (const control of ['public', 's-maxage=60']) {
      assert.equal(warningFor(['cookie', 'authorization'], null, control), undefined, control)
    }
  })

  it('must-revalidate declares a response to Authorization as shared, but not one to Cookie', () => {
    assert.equal(warningFor(['authorization'], null, 'must-revalidate'), undefined)
    assert.equal(warningFor(['cookie'], null, 'must-revalidate'), 'depends-on-cookie')
  })
})
