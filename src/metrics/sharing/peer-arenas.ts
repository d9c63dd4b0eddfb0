/** All arenas of a shared memory, as one thread sees them: its own, and those of other threads. */
import { maxArenas, type SharedMemory } from '../memory/shared-memory.ts'
import { type FindFamily, PeerArena } from './peer-arena.ts'

export class PeerArenas {
  readonly memory: SharedMemory
  /** This thread's arena, with the cells that a previous thread has left there. */
  readonly own: PeerArena
  readonly #arena: number
  readonly #findFamily: FindFamily
  readonly #peers: (PeerArena | undefined)[] = []

  /** @param arena must belong to this thread already */
  constructor(memory: SharedMemory, arena: number, findFamily: FindFamily) {
    this.memory = memory
    this.#arena = arena
    this.#findFamily = findFamily
    this.own = new PeerArena(memory, arena)
  }

  /**
   * Takes over the metrics that a previous thread has left in the arena: they continue to count when this thread
   * declares them. Returns their number.
   */
  inherit(): number {
    this.own.sync(this.#findFamily)
    for (const [number, { family, cells }] of this.own.families.entries()) {
      family?.inherit(number, cells)
    }
    return this.own.families.length
  }

  /** Applies the new records of the other threads' journals, and notes which threads still run. */
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
