/** The proxy as a process. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PROXY_DEFAULTS } from '../../src/proxy/proxy-options.ts'

describe('the proxy', () => {
  it('listens on loopback by default', () => {
    assert.equal(PROXY_DEFAULTS.host, '127.0.0.1')
  })
})
