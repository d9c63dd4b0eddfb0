/** Merges the snapshots that other processes send, so that totals do not fall when a process ends. */
import type { FamilySnapshot, Snapshot } from '../series/family.ts'
import { merge } from './merge.ts'

/** Identifies one run of a process, for example `worker.id` of node:cluster. It must not be used again after `remove`. */
export type MemberId = string | number

export type SnapshotHub = {
  /**
   * Stores the snapshot of a member in place of its previous one. Does nothing for a member that was removed, since a
   * message may arrive after the end of its process.
   */
  update(member: MemberId, snapshot: Snapshot): void
  /**
   * Ends a member. Its counters and histograms stay in the totals, and so do its gauges with `merge: 'latest'`; other
   * gauges and infos end with it.
   */
  remove(member: MemberId): void
  /**
   * Returns the merged snapshots of all members, with the counts of those that were removed.
   * @throws the errors of `merge`, if members have declared a metric differently
   */
  collect(): Snapshot
}

/**
 * Makes a hub without members. Pass it to `scrape` or `expose`, alone or beside registries.
 *
 * @example
 * const hub = createSnapshotHub()
 * cluster.on('message', (worker, { snapshot }) => hub.update(worker.id, snapshot))
 * cluster.on('disconnect', (worker) => hub.remove(worker.id))
 * app.get('/metrics', scrape([registry, hub]))
 */
export function createSnapshotHub(): SnapshotHub {
  return new Hub()
}

/** Number of removed members whose late messages are recognized. More would let the hub grow without a limit. */
const maxRemoved = 1000

class Hub implements SnapshotHub {
  readonly #members = new Map<MemberId, Snapshot>()
  /** The latest removed members, in the order of their removal. */
  readonly #removed = new Set<MemberId>()
  /** The counts of the removed members. */
  #ended: Snapshot = { families: [] }
  /** The error of the counts of a removed member that could not be added. */
  #conflict: unknown

  update(member: MemberId, snapshot: Snapshot): void {
    if (!this.#removed.has(member)) this.#members.set(member, snapshot)
  }

  remove(member: MemberId): void {
    const snapshot = this.#members.get(member)
    this.#members.delete(member)
    this.#removed.add(member)
    for (const oldest of this.#removed) {
      if (this.#removed.size <= maxRemoved) break
      this.#removed.delete(oldest)
    }
    if (snapshot !== undefined) this.#keepCounts(snapshot)
  }

  /** Stores a conflict instead of throwing it: `remove` is called by an event of a process, where nothing can handle it. */
  #keepCounts(snapshot: Snapshot): void {
    try {
      this.#ended = merge([this.#ended, countsOf(snapshot)])
    } catch (error) {
      this.#conflict ??= error
    }
  }

  collect(): Snapshot {
    if (this.#conflict !== undefined) throw this.#conflict
    return merge([this.#ended, ...this.#members.values()])
  }
}

/** The part of a snapshot that remains valid after the end of its process. */
function countsOf({ families }: Snapshot): Snapshot {
  return { families: families.filter(isKept) }
}

function isKept(family: FamilySnapshot): boolean {
  const { type } = family
  return type === 'counter' || type === 'histogram' || (type === 'gauge' && family.merge === 'latest')
}
