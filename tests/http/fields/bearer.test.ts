import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bearer } from '../../../src/http/fields/bearer.ts'

describe('bearer()', () => {
  const isAuthorized = bearer('s3cret-Token')

  it('accepts the token with the scheme in any letter case', async () => {
    for (const header of ['Bearer s3cret-Token', 'bearer s3cret-Token', 'BEARER   s3cret-Token  ']) {
      assert.equal(await isAuthorized(header), true, header)
    }
  })

  it('rejects another token, another scheme and a missing header', async () => {
    for (const header of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Bearer s3cret-token',
      'Bearer s3cret-Toke',
      'Bearer s3cret-Token2',
      'Bearer s3cret-Token s3cret-Token',
      'Bearer x, Bearer s3cret-Token',
      'Basic s3cret-Token',
      'Bearers3cret-Token',
      's3cret-Token',
    ]) {
      assert.equal(await isAuthorized(header), false, String(header))
    }
  })
})
