/** How one registry stands among those of other threads: its own arena, and what the others' journals tell. */

import { maxArenas, type SharedMemory } from '../memory/shared-memory.ts'
import { type FindFamily, PeerArena } from './peer-arena.ts'

export type { SharedMetrics } from '../memory/shared-memory.ts'

export class Sharing {
  readonly memory: SharedMemory
  /** This thread's arena: it knows what a thread before this one has left there. */
  readonly own: PeerArena
  readonly #arena: number
  readonly #findFamily: FindFamily
  readonly #peers: (PeerArena | undefined)[] = []

  /** @param arena has to be this thread's already */
  constructor(memory: SharedMemory, arena: number, findFamily: FindFamily) {
    this.memory = memory
    this.#arena = arena
    this.#findFamily = findFamily
    this.own = new PeerArena(memory, arena)
  }

  /**
   * Takes over what a thread before this one has left in the arena; its metrics go on when this thread declares them.
   * Gives their number.
   */
  inherit(): number {
    this.own.sync(this.#findFamily)
    for (const [number, { family, cells }] of this.own.families.entries()) {
      if (family !== undefined) family.inherited = { number, series: cells.length }
      for (const one of cells) family?.inherit(one)
    }
    return this.own.families.length
  }

  /** Learns what the other threads have told since the last time, and which of them still run. */
  sync(): void {
    for (let arena = 0; arena < maxArenas; arena++) {
      if (arena === this.#arena) continue
      if (this.#peers[arena] === undefined && this.memory.journalOf(arena) === 0) continue
      const peer = this.#peers[arena] ?? new PeerArena(this.memory, arena)
      this.#peers[arena] = peer
      peer.sync(this.#findFamily)
    }
  }
}
