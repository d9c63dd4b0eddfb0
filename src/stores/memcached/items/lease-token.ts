/**
 * Tokens of leases. A token contains everything that the store must compare to find out whether the lease still holds.
 *
 * A lease holds on one connection only: a server that was restarted counts from 1 again, so that its numbers could match those of
 * an earlier lease.
 */

interface LeaseParts {
  /** Number of the connection on which the lease was granted. */
  readonly connection: number
  /** CAS number of the entry since the lease was granted. */
  readonly entryCas: number
}

/** Lease of a load. */
export interface LoadLease extends LeaseParts {
  readonly kind: 'load'
}

/** Lease of a load that replaces a value which stays readable. */
export interface RefreshLease extends LeaseParts {
  readonly kind: 'refresh'
  /** CAS number of the item that keeps other readers from refreshing the value too. */
  readonly refreshCas: number
}

/** Lease of a write. */
export interface WriteLease extends LeaseParts {
  readonly kind: 'write'
  /** CAS number of the item of the write. */
  readonly writeCas: number
  /** CAS number of the mark of the name since the write began. */
  readonly markCas: number
}

export type Lease = LoadLease | RefreshLease | WriteLease

/** Makes tokens that no other process makes. */
export class LeaseTokens {
  /** Made at the first use. */
  #process: string | undefined
  #count = 0

  tokenOf(lease: Lease): string {
    this.#process ??= crypto.randomUUID().replaceAll('-', '').slice(0, 16)
    // Numbers of connections and of modifications may be the same on two servers.
    return [this.#process, this.#count++, ...numbersOf(lease)].join('.')
  }
}

function numbersOf(lease: Lease): (string | number)[] {
  const { connection, entryCas } = lease
  switch (lease.kind) {
    case 'load':
      return ['l', connection, entryCas]
    case 'refresh':
      return ['r', connection, entryCas, lease.refreshCas]
    case 'write':
      return ['w', connection, entryCas, lease.writeCas, lease.markCas]
  }
}

/** Returns `undefined` for a text that is no token. */
export function leaseOf(token: string): Lease | undefined {
  const [, , kind, ...words] = token.split('.')
  const [connection = NaN, entryCas = NaN, first = NaN, second = NaN] = words.map(Number)
  const lease = { connection, entryCas }
  if (kind === 'l' && words.length === 2) return { kind: 'load', ...lease }
  if (kind === 'r' && words.length === 3) return { kind: 'refresh', ...lease, refreshCas: first }
  if (kind === 'w' && words.length === 4) return { kind: 'write', ...lease, writeCas: first, markCas: second }
  return undefined
}
