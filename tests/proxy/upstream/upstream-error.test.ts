import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codeOf, UpstreamError, upstreamError } from '../../../src/proxy/upstream/upstream-error.ts'

const withCode = (code: string) => Object.assign(new Error(`failed at 10.0.0.7: ${code}`), { code })

describe('upstreamError', () => {
  for (const [code, message] of [
    ['ECONNREFUSED', 'The upstream refuses connections'],
    ['ConnectionRefused', 'The upstream refuses connections'],
    ['ENOTFOUND', 'The name of the upstream cannot be resolved'],
    ['ECONNRESET', 'The upstream closed the connection before it answered'],
    ['HPE_INVALID_CONSTANT', 'The upstream does not answer in HTTP'],
    ['HPE_HEADER_OVERFLOW', 'The header of the upstream is too large'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'The certificate of the upstream cannot be verified'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'The certificate of the upstream cannot be verified'],
    ['EWHATEVER', 'The upstream cannot be used'],
  ] as const) {
    it(`${code} is a 502 without the text of the system`, () => {
      const error = upstreamError(withCode(code))
      assert.deepEqual([error.status, error.message], [502, message])
    })
  }

  it('finds the code in a cause, and passes its own errors unchanged', () => {
    const wrapped = new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') })
    assert.equal(codeOf(wrapped), 'ECONNREFUSED')
    assert.equal(upstreamError(wrapped).cause, wrapped)
    const own = new UpstreamError(504, 'late')
    assert.equal(upstreamError(own), own)
  })
})
