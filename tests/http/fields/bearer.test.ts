import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bearer } from '../../../src/http/fields/bearer.ts'

describe('a bearer token', () => {
  const allowed = bearer('s3cret-Token')

  it('is taken as it is, whatever the case of its scheme', async () => {
    for (const field of ['Bearer s3cret-Token', 'bearer s3cret-Token', 'BEARER   s3cret-Token  ']) {
      assert.equal(await allowed(field), true, field)
    }
  })

  it('is refused when it is another, in another scheme or not there', async () => {
    for (const field of [
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
      assert.equal(await allowed(field), false, String(field))
    }
  })
})
