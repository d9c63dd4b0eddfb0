/** The option `tls`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveTls } from '../../../../src/stores/memcached/client/tls-options.ts'

describe('the option tls', () => {
  it('no option and false mean connections without TLS, true means the defaults', () => {
    assert.equal(resolveTls('m', undefined), undefined)
    assert.equal(resolveTls('m', false), undefined)
    assert.deepEqual(resolveTls('m', true), {})
  })

  it('an absent certificate check stays the default', () => {
    assert.deepEqual(resolveTls('m', { ca: 'pem', rejectUnauthorized: undefined }), { ca: 'pem' })
  })

  it('an invalid option is an error that names it', () => {
    const cases: [tls: unknown, message: string][] = [
      [
        { rejectUnauthorised: false },
        'm: tls: unknown option "rejectUnauthorised"; did you mean "rejectUnauthorized"?',
      ],
      [{ ca: 1 }, 'm: tls: ca must be a string or a Uint8Array, got 1'],
      [{ rejectUnauthorized: 'no' }, 'm: tls: rejectUnauthorized must be a boolean, got "no"'],
    ]
    for (const [tls, message] of cases) {
      assert.throws(() => resolveTls('m', tls as never), { name: 'TypeError', message })
    }
  })
})
