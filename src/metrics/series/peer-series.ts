/** The series of one metric in the arena of another thread. */

import { isRemoved, markRemoved, readState } from '../memory/cell-header.ts'
import type { Place } from '../memory/cells.ts'
import { type Cells, noParts, type Parts, type Series, withPart } from './series.ts'

/** The arena of another thread. */
export type Arena = {
  readonly isAttached: boolean
  /** Records that a state in the arena has changed. */
  markChanged(): void
}

/** From this number of series on, a search through all series is faster than one for each of them. */
const maxUnlinked = 16

/** A state that no cells have, so that the first look at them finds a change. */
const unknown = -1

/**
 * The cells of one metric in one arena, in the order of the arena's journal. Arrays in place of one object per series,
 * because there is an entry for each series of each thread.
 */
export class PeerSeries {
  readonly arena: Arena
  /** For each cells their series; undefined while they belong to none. */
  readonly series: (Series | undefined)[] = []
  /** For each series, the index of its first cell in `ints`. */
  readonly ats: number[] = []
  ints: Int32Array = new Int32Array(0)
  /** The greatest number of a part that cells have; -1 if no cells have parts. */
  lastPart = -1
  /** True if this thread counts in these cells, because it has taken over the arena. */
  isTaken = false
  /** The series that cells were parted from since `takeUnlinked`; undefined for any number of unknown series. */
  #unlinked: Series[] | undefined
  readonly #states: number[] = []
  /** The parts by the index of the first cell. */
  readonly #parts = new Map<number, Parts>()

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** Adds cells. The array of the last added place must contain those of all earlier ones. */
  add({ ints, at }: Place): void {
    this.series.push(undefined)
    this.ats.push(at)
    this.#states.push(unknown)
    this.ints = ints
  }

  /**
   * Finds the series of those cells that have none and are not removed.
   * @param adopt returns the series of cells; called with the number of the cells
   */
  link(adopt: (at: number, i: number) => Series, from = 0): void {
    for (let i = from; i < this.ats.length; i++) {
      if (this.series[i] !== undefined) continue
      const at = this.ats[i] as number
      const state = readState(this.ints, at)
      if (state === this.#states[i] || isRemoved(state)) continue
      const series = adopt(at, i)
      if (readState(this.ints, at) !== state) {
        this.#addUnlinked(series)
        continue // the labels may be those of two series; the next call reads them
      }
      this.#states[i] = state
      this.series[i] = series
    }
  }

  /** Parts the cells from their series whose state has changed. */
  unlinkChanged(): void {
    for (let i = 0; i < this.ats.length; i++) {
      const series = this.series[i]
      if (series === undefined || !this.#isChanged(i)) continue
      this.series[i] = undefined
      this.#addUnlinked(series)
    }
  }

  #addUnlinked(series: Series): void {
    if (this.#unlinked?.push(series) === maxUnlinked) this.#unlinked = undefined
  }

  /**
   * Returns the series that cells were parted from since the last call; undefined if they are too many, and at the first
   * call, because series that were removed earlier may be missing from the start.
   */
  takeUnlinked(): readonly Series[] | undefined {
    const unlinked = this.#unlinked
    this.#unlinked = []
    return unlinked
  }

  /** True if cells have changed their series since they were linked. */
  get isStale(): boolean {
    return this.series.some((series, i) => series !== undefined && this.#isChanged(i))
  }

  #isChanged(i: number): boolean {
    return readState(this.ints, this.ats[i] as number) !== this.#states[i]
  }

  /** Marks the cells of the series as removed, for all threads. */
  remove(series: Series): void {
    const i = this.series.indexOf(series)
    if (i < 0) return
    if (markRemoved(this.ints, this.ats[i] as number, this.#states[i] as number)) this.arena.markChanged()
    this.series[i] = undefined
  }

  replace(series: Series, by: Series): void {
    const i = this.series.indexOf(series)
    if (i >= 0) this.series[i] = by
  }

  /** Adds a part to the cells whose first one is at index `at`. */
  addPart(at: number, part: number, place: Place): void {
    this.#parts.set(at, withPart(this.partsAt(at), part, place))
    this.lastPart = Math.max(this.lastPart, part)
  }

  partsAt(at: number): Parts {
    return this.#parts.get(at) ?? noParts
  }

  *[Symbol.iterator](): Iterator<Cells & { readonly series: Series | undefined }> {
    for (const [i, series] of this.series.entries()) {
      const at = this.ats[i] as number
      yield { series, ints: this.ints, at, parts: this.partsAt(at) }
    }
  }
}

/** A series without live cells in this thread. */
export type Removed<S extends Series> = {
  readonly series: S
  /** True if cells of another thread belong to the series. */
  readonly isLinked: boolean
}

/** Finds the series of a metric that have no live cells in this thread. */
export function removedSeries<S extends Series>(
  all: readonly S[],
  peers: readonly PeerSeries[],
): Removed<S>[] {
  const linked = new Set(peers.flatMap((peer) => peer.series))
  return all.filter((series) => !series.isLive).map((series) => ({ series, isLinked: linked.has(series) }))
}

/**
 * As `removedSeries`, but finds only series whose cells have changed since the last call.
 * @param isOwnChanged false if no cells of this thread have changed, so that they need not be read
 */
export function changedSeries<S extends Series>(
  all: readonly S[],
  peers: readonly PeerSeries[],
  isOwnChanged: boolean,
): Removed<S>[] {
  const unlinked = peers.map((peer) => peer.takeUnlinked())
  if (unlinked.includes(undefined)) return removedSeries(all, peers)
  const changed = new Set(unlinked.flat())
  if (isOwnChanged) for (const series of all) if (series.isPlaced) changed.add(series)
  // The cast is safe, because the cells of a metric belong to its series.
  const removed = ([...changed] as S[]).filter((series) => !series.isDiscarded && !series.isLive)
  if (removed.length > maxUnlinked) return removedSeries(all, peers)
  return removed.map((series) => ({ series, isLinked: peers.some((peer) => peer.series.includes(series)) }))
}

/** True if cells of the metric have changed their series since the last `sync`. */
export function isStale(all: readonly Series[], peers: readonly PeerSeries[]): boolean {
  return peers.some((peer) => peer.isStale) || all.some((series) => series.isPlaced && !series.isLive)
}
