/** The operations on one namespace, each as the content of a transaction. */
import type { RemoteAnswer, RemoteEntry, RemoteLease, RemoteRead } from '../store.ts'
import type { StoredValue } from './tables/entries.ts'
import type { LeaseRow } from './tables/leases.ts'
import type { NamespaceRow } from './tables/namespaces.ts'
import type { Tables } from './tables/schema.ts'
import { validityOf } from './validity.ts'

export interface Scope {
  readonly namespace: string
  readonly leaseMs: number
  /** Time of day, epoch ms. */
  readonly now: number
  /** Number of rows in the table of tags of the namespace. */
  readonly maxTags: number
}

/**
 * Result of a read. `value`: the answer, with the id and size of its row. `held`: another reader holds the lease with this token.
 * `missing`: there is neither a value nor a holder, so that the lease is to be granted. `other`: any other answer.
 */
export type Found =
  | { readonly kind: 'value'; readonly answer: RemoteAnswer; readonly id: number; readonly size: number }
  | { readonly kind: 'held'; readonly token: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'other'; readonly answer: RemoteAnswer }

/** A lease that seems to run for longer than this after its time, in ms, is from before the clock was set back. */
const CLOCK_TOLERANCE_MS = 60_000

/** Number of rows that are removed when there are more. */
const TAGS_STEP = 100

export function find(tables: Tables, scope: Scope, request: RemoteRead): Found {
  const { name, version, not = '', lease } = request
  const space = tables.namespaces.find(scope.namespace)
  if (space !== undefined && not !== '*') {
    const value = tables.entries.find(space.id, name, version, scope.now, not)
    const validity = value === undefined ? 'invalid' : validityOf(tables.tags, space, value)
    if (value !== undefined && validity !== 'invalid') return foundValue(value, validity)
  }
  if (!lease) return { kind: 'other', answer: { kind: 'absent' } }
  const holder = space === undefined || not === '*' ? undefined : leaseIn(tables, space, name, version)
  if (holder === undefined || !isRunning(holder, scope)) return { kind: 'missing' }
  return { kind: 'held', token: holder.token }
}

/** Without an end, the lease of a process that was killed before the clock was set back would block its name for that time. */
function isRunning({ until }: LeaseRow, { now, leaseMs }: Scope): boolean {
  return until > now && until <= now + leaseMs + CLOCK_TOLERANCE_MS
}

function foundValue({ id, token, bytes }: StoredValue, expiredAt: number | null): Found {
  const expiry = expiredAt === null ? {} : { expiredAt }
  return { kind: 'value', answer: { kind: 'value', bytes, id: token, ...expiry }, id, size: bytes.length }
}

/** As {@link find}, and grants a lease that is missing. */
export function findOrGrant(tables: Tables, scope: Scope, request: RemoteRead, token: string): Found {
  const found = find(tables, scope, request)
  return found.kind === 'missing'
    ? { kind: 'other', answer: grantLease(tables, scope, request, token) }
    : found
}

function grantLease(
  tables: Tables,
  { namespace, now, leaseMs }: Scope,
  { name, version, not }: RemoteRead,
  token: string,
): RemoteAnswer {
  const space = tables.namespaces.open(namespace)
  const previous = not === '*' ? undefined : leaseIn(tables, space, name, version)
  const { id: ns, seq } = space
  tables.leases.grant({ ns, name, version, token, seq, until: now + leaseMs, isWrite: false })
  return { kind: 'lease', token, takenOver: previous !== undefined }
}

export function storeValue(
  tables: Tables,
  scope: Scope,
  { name, version, token, bytes, tags, ttlMs }: RemoteEntry,
): 'stored' | 'lost' {
  const { space, lease } = heldLease(tables, scope, { name, version, token })
  if (lease === undefined) return 'lost'
  const { entries, leases } = tables
  const { id: ns } = space
  leases.end(ns, name, version)
  const made = { seq: lease.seq, expiredAt: lease.expiredAt, tags: tags.join(' ') }
  if (validityOf(tables.tags, space, made) === 'invalid') return 'lost'
  // Loads of other versions may have begun before a write ended.
  if (lease.isWrite === 1) removeName(tables, ns, name)
  entries.store({ ...made, ns, name, version, token, until: scope.now + ttlMs, bytes })
  return 'stored'
}

export function renewLease(tables: Tables, scope: Scope, held: RemoteLease): boolean {
  const { space, lease } = heldLease(tables, scope, held)
  if (lease === undefined) return false
  tables.leases.renew(space.id, held.name, held.version, scope.now + scope.leaseMs)
  return true
}

export function releaseLease(tables: Tables, scope: Scope, held: RemoteLease): void {
  const { space, lease } = heldLease(tables, scope, held)
  if (lease !== undefined) tables.leases.end(space.id, held.name, held.version)
}

/** Returns the token of the write; `undefined` if another write of the name is under way. */
export function beginWrite(
  tables: Tables,
  { namespace, now, leaseMs }: Scope,
  { name, version, token }: RemoteLease,
): string | undefined {
  const { namespaces, leases } = tables
  const { id: ns, seq, floor } = namespaces.open(namespace)
  const overlaps = leases.hasWrite(ns, name, now, floor)
  removeName(tables, ns, name)
  if (overlaps) {
    // A third write may overlap with these two although neither has a token any more.
    leases.markConflict(ns, name, seq, now + leaseMs)
    return undefined
  }
  leases.grant({ ns, name, version, token, seq, until: now + leaseMs, isWrite: true })
  return token
}

export function invalidateKey(tables: Tables, { namespace }: Scope, name: string): void {
  const space = tables.namespaces.find(namespace)
  if (space !== undefined) removeName(tables, space.id, name)
}

export function expireKey(
  { namespaces, entries, leases }: Tables,
  { namespace }: Scope,
  name: string,
  at: number,
): void {
  const space = namespaces.find(namespace)
  if (space === undefined) return
  entries.expireName(space.id, name, at)
  leases.expireName(space.id, name, at)
}

export function invalidateTags(tables: Tables, scope: Scope, names: readonly string[]): void {
  changeTags(tables, scope, (ns, seq) =>
    names.reduce((added, name) => added + tables.tags.invalidate(ns, name, seq), 0),
  )
}

export function expireTags(tables: Tables, scope: Scope, names: readonly string[], at: number): void {
  changeTags(tables, scope, (ns, seq) =>
    names.reduce((added, name) => added + tables.tags.expire(ns, name, seq, at), 0),
  )
}

export function expireEverything({ namespaces }: Tables, { namespace }: Scope, at: number): void {
  const space = namespaces.open(namespace)
  const seq = space.seq + 1
  namespaces.update({ ...space, seq, expirySeq: seq, expiredAt: at })
}

/** Raises the floor above all values and leases. */
export function clearNamespace({ namespaces }: Tables, { namespace }: Scope): void {
  const space = namespaces.open(namespace)
  const seq = space.seq + 1
  namespaces.update({ ...space, seq, floor: seq })
}

/** @param change changes tags with the given number, and returns the number of rows added. */
function changeTags(
  { namespaces, tags }: Tables,
  { namespace, maxTags }: Scope,
  change: (ns: number, seq: number) => number,
): void {
  const space = namespaces.open(namespace)
  const seq = space.seq + 1
  const count = space.tags + change(space.id, seq)
  const excess = count - maxTags
  const oldest = excess > 0 ? tags.removeOldest(space.id, excess + TAGS_STEP) : { seq: 0, removed: 0 }
  // The values that the removed tags could have invalidated are not valid any more.
  const floor = Math.max(space.floor, oldest.seq)
  namespaces.update({ ...space, seq, floor, tags: count - oldest.removed })
}

/** Returns the lease with this token, which may have run out. */
export function findLease(
  tables: Tables,
  namespace: string,
  { name, version, token }: RemoteLease,
): LeaseRow | undefined {
  const space = tables.namespaces.find(namespace)
  const lease = space && leaseIn(tables, space, name, version)
  return lease?.token === token ? lease : undefined
}

/** Returns the lease of a name, which may have run out. */
function leaseIn({ leases }: Tables, space: NamespaceRow, name: string, version: string) {
  const lease = leases.find(space.id, name, version)
  return lease !== undefined && lease.seq >= space.floor ? lease : undefined
}

/** Returns the namespace, and the lease if it still holds. */
function heldLease(
  tables: Tables,
  { namespace, now }: Scope,
  held: RemoteLease,
): { space: NamespaceRow; lease: LeaseRow | undefined } {
  const lease = findLease(tables, namespace, held)
  const holds = lease !== undefined && lease.until > now
  return { space: tables.namespaces.open(namespace), lease: holds ? lease : undefined }
}

function removeName({ entries, leases }: Tables, ns: number, name: string): void {
  entries.removeName(ns, name)
  leases.endName(ns, name)
}
