/** The operations on one namespace, each as the content of a transaction. */
import type { RemoteAnswer, RemoteEntry, RemoteLease, RemoteRead } from '../store.ts'
import type { Tables } from './tables/schema.ts'
import { EVERYTHING, INVALIDATED, tagsText } from './tables/tags.ts'

export interface Scope {
  readonly namespace: string
  readonly leaseMs: number
  /** Time of day, epoch ms. */
  readonly now: number
}

/** Number of rows in the table of tags of one namespace. */
const MAX_TAGS = 100_000

/** Number of rows that are removed when there are more. */
const TAGS_STEP = 100

/** A lease that another reader holds. */
export interface Held {
  readonly kind: 'busy'
  readonly token: string
}

export type ReadResult = Exclude<RemoteAnswer, { kind: 'busy' | 'lease' }> | Held

export interface Found {
  readonly answer: RemoteAnswer
  /** Row of the value. */
  readonly id: number
}

/** Returns the value if there is one that is good enough. */
export function findValue(
  { entries }: Tables,
  { namespace, now }: Scope,
  { name, version, not = '' }: RemoteRead,
): Found | undefined {
  if (not === '*') return undefined
  const found = entries.find(namespace, name, version, now, not)
  if (found === undefined) return undefined
  const { token, bytes } = found
  const at = earliest(found.expiredAt, found.tagsAt)
  const answer = { kind: 'value', bytes, id: token, ...(at !== null && { expiredAt: at }) } as const
  return { answer, id: found.id }
}

/** Returns the token of the lease that keeps the reader from loading. */
export function findHolder(
  { leases }: Tables,
  { namespace, now }: Scope,
  { name, version, not }: RemoteRead,
): string | undefined {
  if (not === '*') return undefined
  const lease = leases.find(namespace, name, version)
  return lease !== undefined && lease.until > now ? lease.token : undefined
}

/** Grants the lease of a name. The caller has found neither a value nor a holder in the same transaction. */
export function grantLease(
  { namespaces, leases }: Tables,
  scope: Scope,
  { name, version, not }: RemoteRead,
  token: string,
): RemoteAnswer {
  const { id, seq, floor } = namespaces.open(scope.namespace)
  const previous = not === '*' ? undefined : leases.findIn(id, name, version, floor)
  leases.grant({ ns: id, name, version, token, seq, until: scope.now + scope.leaseMs, isWrite: false })
  return { kind: 'lease', token, takenOver: previous !== undefined }
}

export function storeValue(
  { namespaces, entries, leases, tags }: Tables,
  { namespace, now }: Scope,
  { name, version, token, bytes, tags: names, ttlMs }: RemoteEntry,
): 'stored' | 'lost' {
  const space = namespaces.find(namespace)
  if (space === undefined) return 'lost'
  const { id: ns, floor } = space
  const lease = leases.findIn(ns, name, version, floor)
  if (lease?.token !== token || lease.until <= now) return 'lost'
  leases.end(ns, name, version)
  const { seq, isWrite, expiredAt } = lease
  const text = tagsText(names)
  if (seq < space.seq && tags.areInvalidated(ns, text, seq)) return 'lost'
  if (isWrite === 1) {
    // Loads of other versions may have begun before the write ended.
    entries.removeName(ns, name)
    leases.endName(ns, name)
  }
  entries.store({ ns, name, version, token, seq, until: now + ttlMs, expiredAt, tags: text, bytes })
  return 'stored'
}

export function renewLease(
  { namespaces, leases }: Tables,
  { namespace, now, leaseMs }: Scope,
  { name, version, token }: RemoteLease,
): boolean {
  const space = namespaces.find(namespace)
  const lease = space && leases.findIn(space.id, name, version, space.floor)
  if (space === undefined || lease?.token !== token || lease.until <= now) return false
  leases.renew(space.id, name, version, now + leaseMs)
  return true
}

export function releaseLease(
  { namespaces, leases }: Tables,
  { namespace }: Scope,
  { name, version, token }: RemoteLease,
): void {
  const space = namespaces.find(namespace)
  if (space === undefined) return
  if (leases.findIn(space.id, name, version, space.floor)?.token === token) {
    leases.end(space.id, name, version)
  }
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

/**
 * Notes that tags were changed: all values and leases of before have a smaller number.
 *
 * @param at time of an expiry; `undefined` for an invalidation.
 */
export function markTags(
  { namespaces, tags }: Tables,
  { namespace }: Scope,
  names: readonly string[],
  at: number | undefined,
): void {
  const space = namespaces.open(namespace)
  const seq = space.seq + 1
  let count = space.tags
  for (const name of names) count += tags.mark(space.id, name, seq, at ?? INVALIDATED)
  let { floor } = space
  if (count > MAX_TAGS) {
    const oldest = tags.removeOldest(space.id, count - MAX_TAGS + TAGS_STEP)
    floor = Math.max(floor, oldest.seq) // the values that the removed tags could have invalidated are not valid any more
    count -= oldest.removed
  }
  namespaces.update(namespace, { seq, floor, tags: count })
}

/** Raises the floor above all values and leases. */
export function clearNamespace({ namespaces }: Tables, { namespace }: Scope): void {
  const { seq, tags } = namespaces.open(namespace)
  namespaces.update(namespace, { seq: seq + 1, floor: seq + 1, tags })
}

/** The tags of an expiry in the table. */
export function expiredTags(tags: readonly string[], everything: boolean): readonly string[] {
  return everything ? [EVERYTHING, ...tags] : tags
}

function removeName({ entries, leases }: Tables, ns: number, name: string): void {
  entries.removeName(ns, name)
  leases.endName(ns, name)
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}
