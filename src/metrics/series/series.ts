/** One series of a metric: its labels, and its cells in every thread that counts into it. */
import type { Place } from '../memory/cells.ts'
import type { Identity } from './family.ts'
import { writeLabels } from './labels.ts'

/**
 * A series' cells in one arena. All series of a metric have the same cells; parts are additional cells, allocated on
 * demand: for an exemplar, or for an octave of native buckets.
 */
export type Cells = Place & { parts: readonly (Place | undefined)[] }

/** A series' cells in another thread's arena, and the number of the series in the journal of that arena. */
export type PeerCells = Cells & { readonly arena: { readonly isAttached: boolean }; readonly number: number }

// Empty values, shared by all series without cells, parts or peers. Sharing saves memory if there are very many series.
const nowhere = new Int32Array(0)
const noParts: Cells['parts'] = []
const noPeers: readonly PeerCells[] = []

/** A series with this thread's cells. Handles refer to the series instead of its cells, because cells can move. */
export class Series implements Identity, Cells {
  ints: Int32Array = nowhere
  at = -1
  parts = noParts
  readonly labels: readonly string[]
  /** Index among the series of its metric, in the order in which this thread added or adopted them. */
  readonly ordinal: number
  /** Creation time in seconds since 1970. */
  created: number
  /** Index among the series of its metric in this thread's journal. */
  number = -1
  peers = noPeers
  readonly #labelNames: readonly string[]
  #text: string | undefined

  constructor(labelNames: readonly string[], labels: readonly string[], ordinal: number, created: number) {
    this.#labelNames = labelNames
    this.labels = labels
    this.ordinal = ordinal
    this.created = created
  }

  get text(): string {
    this.#text ??= writeLabels(this.#labelNames, this.labels)
    return this.#text
  }

  /** True if this thread has cells for the series. */
  get isPlaced(): boolean {
    return this.at >= 0
  }

  /** Counts in these cells from now on. Returns the previous cells, if any; the caller adds their counts to the new ones. */
  relocate({ ints, at, parts, number }: Omit<PeerCells, 'arena'>): Cells | undefined {
    const left = this.isPlaced ? { ints: this.ints, at: this.at, parts: this.parts } : undefined
    Object.assign(this, { ints, at, parts, number })
    return left
  }

  addPart(part: number, place: Place): void {
    this.parts = withPart(this.parts, part, place)
  }

  addPeer({ ints, at }: Place, arena: PeerCells['arena'], number: number, created: number): PeerCells {
    const cells = { ints, at, parts: noParts, arena, number }
    this.peers = [...this.peers, cells]
    if (created < this.created) this.created = created
    return cells
  }

  /** Returns the series' cells in this arena; undefined if it has none there. */
  cellsIn(arena: PeerCells['arena'] | undefined): PeerCells | undefined {
    return this.peers.find((peer) => peer.arena === arena)
  }

  dropPeers(isDropped: (peer: PeerCells) => boolean): void {
    if (this.peers.length > 0) this.peers = this.peers.filter((peer) => !isDropped(peer))
  }

  /** Yields the cells of all threads; those of this thread come first. */
  *cells(): Iterable<Cells> {
    if (this.isPlaced) yield this
    yield* this.peers
  }
}

/** A copy of the parts with one more. Copying is cheap enough: parts are few and rarely added. */
export function withPart(parts: Cells['parts'], part: number, place: Place): Cells['parts'] {
  const all = [...parts]
  all[part] = place
  return all
}
