import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clientAddress } from '../../../src/process/serving/client-address.ts'

const request = new Request('http://localhost/x', { headers: { 'x-forwarded-for': '203.0.113.9' } })

describe('clientAddress()', () => {
  it('is that of the connection: of node:http, of Bun, or of a request from the socket', () => {
    assert.equal(
      clientAddress(request, { incoming: { socket: { remoteAddress: '192.0.2.1' } } }),
      '192.0.2.1',
    )
    const server = {
      address: '2001:db8::1',
      requestIP(asked: Request) {
        return asked === request ? { address: this.address } : null
      },
    }
    assert.equal(clientAddress(request, server), '2001:db8::1')
    const ofSocket = Object.assign(new Request('http://localhost/x'), { remoteAddress: '192.0.2.2' })
    assert.equal(clientAddress(ofSocket, undefined), '192.0.2.2')
  })

  it('has no IPv6 prefix before an IPv4 address', () => {
    assert.equal(
      clientAddress(request, { incoming: { socket: { remoteAddress: '::ffff:192.0.2.1' } } }),
      '192.0.2.1',
    )
  })

  it('is not known without a connection', () => {
    for (const env of [undefined, {}, { incoming: {} }, { requestIP: () => null }]) {
      assert.equal(clientAddress(request, env), undefined)
    }
  })
})
