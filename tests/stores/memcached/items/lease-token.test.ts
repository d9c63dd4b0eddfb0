import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Lease, LeaseTokens, leaseOf } from '../../../../src/stores/memcached/items/lease-token.ts'

const leases: Lease[] = [
  { kind: 'load', connection: 3, entryCas: 2 ** 50 },
  { kind: 'refresh', connection: 3, entryCas: 4, refreshCas: 5 },
  { kind: 'write', connection: 3, entryCas: 4, writeCas: 5, markCas: 6 },
]

describe('the token of a lease', () => {
  for (const lease of leases) {
    it(`a token contains the lease of a ${lease.kind}`, () => {
      assert.deepEqual(leaseOf(new LeaseTokens().tokenOf(lease)), lease)
    })
  }

  it('a token is unique, also among those of other processes and of other servers', () => {
    const processes = [new LeaseTokens(), new LeaseTokens()]
    const tokens = processes.flatMap((process) =>
      [...leases, ...leases].map((lease) => process.tokenOf(lease)),
    )
    assert.equal(new Set(tokens).size, 12)
    for (const token of tokens) assert.match(token, /^[\w.]+$/)
  })

  it('a token of another form is no lease', () => {
    for (const token of ['', 'foreign', 'a.0.l.1', 'a.0.l.1.2.3', 'a.0.x.1.2', 'a.0.w.1.2.3']) {
      assert.equal(leaseOf(token), undefined, token)
    }
  })
})
