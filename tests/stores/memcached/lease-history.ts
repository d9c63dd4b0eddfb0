/**
 * The calls of several processes in the order of their beginnings and ends, checked against the contract of a remote store. Of two
 * calls that overlap, either may have come first.
 */
import assert from 'node:assert/strict'

/** Beginning and end of a call, as numbers of events. `Infinity` while it has not ended, or if it failed. */
export interface Span {
  began: number
  ended: number
}

/** A lease that was granted: to a load, to a load of a reader that accepts no value, or to a write. */
export interface Grant extends Span {
  readonly kind: 'load' | 'replacing load' | 'write'
  readonly token: string
  readonly key: string
  readonly version: string
  /** Tags of its value. */
  tags: readonly string[]
  /** The call that stores its value; for a write with the invalidation after a lost value. */
  store: Span | undefined
  /** Beginning of the call that ended it. */
  endedBy: number
}

/** A call that ends values, or makes them stale. It concerns everything if it has neither keys nor tags. */
export interface Change extends Span {
  readonly kind: 'invalidation' | 'expiry' | 'write' | 'refused write'
  readonly keys: readonly string[]
  readonly tags: readonly string[]
  /** Time of an expiry. */
  readonly at: number
}

export class LeaseHistory {
  /** False if the server may lose items, which ends leases and items of writes. */
  readonly #isComplete: boolean
  readonly #grants = new Map<string, Grant>()
  readonly #changes: Change[] = []
  readonly #lines: string[] = []

  constructor(isComplete: boolean) {
    this.#isComplete = isComplete
  }

  /** Number of events so far. */
  get now(): number {
    return this.#lines.length
  }

  /** Records an event and returns its number. */
  note(...parts: unknown[]): number {
    this.#lines.push(parts.map((part) => JSON.stringify(part)).join(' '))
    return this.#lines.length
  }

  /** All events, one per line. */
  toString(): string {
    return this.#lines.map((line, i) => `${i + 1} ${line}`).join('\n')
  }

  tokensOf(key: string): string[] {
    return [...this.#grants.values()].filter((grant) => grant.key === key).map(({ token }) => token)
  }

  /** Notes the beginning of a change. The caller sets its end. */
  change(kind: Change['kind'], { keys = [], tags = [], at = 0 }: Partial<Change>): Change {
    const change = { kind, keys, tags, at, began: this.note(kind, keys, tags), ended: Infinity }
    this.#changes.push(change)
    return change
  }

  /** A write has ended without a token, because another one is under way. */
  refuse(write: Change): void {
    this.#changes[this.#changes.indexOf(write)] = { ...write, kind: 'refused write' }
  }

  grant(parts: Pick<Grant, 'kind' | 'token' | 'key' | 'version' | 'began' | 'ended'>): Grant {
    const grant: Grant = { ...parts, tags: [], store: undefined, endedBy: Infinity }
    if (grant.kind === 'load') this.#checkExclusion(grant)
    if (grant.kind === 'replacing load') {
      for (const other of this.#rivalsOf(grant)) other.endedBy = Math.min(other.endedBy, grant.began)
    }
    this.#grants.set(grant.token, grant)
    return grant
  }

  /** @throws if a value was stored although its lease had ended. */
  checkStored(grant: Grant, began: number): void {
    const ending = this.#changes.find(
      (change) =>
        change.kind !== 'expiry' && isAfter(change, grant) && change.ended < began && concerns(change, grant),
    )
    assert.equal(ending, undefined, `${grant.token} was stored after ${JSON.stringify(ending)}`)
    const revoking = this.#rivalsOf(grant).find(
      (rival) => rival.kind === 'replacing load' && isAfter(rival, grant) && rival.ended < began,
    )
    assert.equal(revoking, undefined, `${grant.token} was stored after it was revoked`)
  }

  /** @throws if a read must not return the value, or not as fresh or stale. */
  checkValue(id: string, key: string, expiredAt: number | undefined, read: Span): void {
    const grant = this.#grants.get(id) ?? assert.fail(`${id} was not granted`)
    assert.equal(grant.key, key)
    let mayBeStale = false
    for (const change of this.#changes.filter((change) => concerns(change, grant))) {
      const message = `${id} was returned after ${JSON.stringify(change)}`
      const isCertain = isAfter(change, grant) && change.ended < read.began
      if (change.kind === 'expiry') {
        if (isCertain) assert.ok((expiredAt ?? Infinity) <= change.at, message)
        mayBeStale ||= change.ended > grant.began && change.began < read.ended
      } else assert.ok(!isCertain, message)
      // The refused write and the one that was under way leave no value.
      const isRefused = change.kind === 'refused write' && change.ended < read.began && this.#isComplete
      if (isRefused && grant.kind === 'write') assert.ok(isAfter(grant, change), message)
    }
    if (!mayBeStale) assert.equal(expiredAt, undefined, `${id} was returned as stale`)
    this.#checkOverlap(grant, read)
  }

  #checkOverlap(grant: Grant, read: Span): void {
    if (grant.kind !== 'write' || !(endOf(grant) < read.began)) return
    for (const other of this.#grants.values()) {
      if (other.kind !== 'write' || other.key !== grant.key || !(endOf(other) < read.began)) continue
      const overlaps =
        other !== grant && grant.ended < (other.store?.began ?? 0) && other.ended < (grant.store?.began ?? 0)
      assert.ok(!overlaps, `${grant.token} was returned although its write overlapped with ${other.token}`)
    }
  }

  /** A lease is granted only if no other one of its key and version holds. */
  #checkExclusion(grant: Grant): void {
    if (!this.#isComplete) return
    const holder = this.#rivalsOf(grant).find((rival) => {
      const began = Math.min(rival.began, grant.began)
      const isMeanwhile = (span: Span | undefined) =>
        span !== undefined && span.ended > began && span.began < grant.ended
      const isInvalidated = this.#changes.some(
        (change) =>
          change.kind !== 'expiry' &&
          isMeanwhile(change) &&
          (change.tags.length > 0 || concerns(change, rival)),
      )
      // A write that ends also ends the loads of all versions.
      const isReplaced = [...this.#grants.values()].some(
        ({ kind, key, store }) => kind === 'write' && key === grant.key && isMeanwhile(store),
      )
      const isRevoking = rival.kind === 'replacing load' && rival.ended > grant.began
      return rival.endedBy > grant.ended && !isInvalidated && !isReplaced && !isRevoking
    })
    assert.equal(holder, undefined, `${grant.token} was granted while ${holder?.token} held`)
  }

  #rivalsOf({ key, version, token }: Grant): Grant[] {
    return [...this.#grants.values()].filter(
      (grant) => grant.key === key && grant.version === version && grant.token !== token,
    )
  }
}

function endOf({ store }: Grant): number {
  return store?.ended ?? Infinity
}

/** Returns true if the call certainly began after the other one had ended. */
function isAfter(call: Span, other: Span): boolean {
  return call.began > other.ended
}

function concerns({ keys, tags }: Change, grant: Grant): boolean {
  if (keys.length + tags.length === 0) return true
  return keys.includes(grant.key) || tags.some((tag) => grant.tags.includes(tag))
}
