/** One series of a metric as the registry keeps it: its labels, and its cells in every thread that counts into it. */
import type { Place } from '../memory/cells.ts'
import type { Identity } from './family.ts'
import { writeLabels } from './labels.ts'

/** A series' cells in one arena: those that every series of its metric has, and what was added when it was needed. */
export type Cells = Place & { parts: readonly (Place | undefined)[] }

/** A series' cells in an arena as its journal tells of them, and the series' number there. */
export type PeerCells = Cells & { readonly arena: { readonly isAttached: boolean }; readonly number: number }

// Shared by all series that have none: there may be very many.
const nowhere = new Int32Array(0)
const noParts: Cells['parts'] = []
const noPeers: readonly PeerCells[] = []

/** It is this thread's cells itself: handles keep it, and find them where they are now. */
export class Series implements Identity, Cells {
  ints: Int32Array = nowhere
  at = -1
  parts = noParts
  readonly labels: readonly string[]
  /** Its number in its metric, as this thread came to know it. */
  readonly ordinal: number
  /** In seconds since 1970. */
  created: number
  /** Its number in its metric, as this thread's journal has it. */
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

  /** Does this thread count into it? */
  get isPlaced(): boolean {
    return this.at >= 0
  }

  /** This thread counts here now. Gives the cells where it did before, whose counts are to be added to these. */
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

  /** Its cells in this arena, if there are any. */
  cellsIn(arena: PeerCells['arena'] | undefined): PeerCells | undefined {
    return this.peers.find((peer) => peer.arena === arena)
  }

  dropPeers(cells: (other: PeerCells) => boolean): void {
    if (this.peers.length > 0) this.peers = this.peers.filter((peer) => !cells(peer))
  }

  /** Its cells wherever there are any, this thread's first. */
  *cells(): Iterable<Cells> {
    if (this.isPlaced) yield this
    yield* this.peers
  }
}

/** The parts with one more: parts are few, and come seldom. */
export function withPart(parts: Cells['parts'], part: number, place: Place): Cells['parts'] {
  const all = [...parts]
  all[part] = place
  return all
}
