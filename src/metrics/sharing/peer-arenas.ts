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

  /** @param arena index of the arena that this thread writes */
  constructor(memory: SharedMemory, arena: number, findFamily: FindFamily) {
    this.memory = memory
    this.#arena = arena
    this.#findFamily = findFamily
    this.own = new PeerArena(memory, arena)
  }

  /**
   * Takes over the metrics that a previous thread has left in this thread's arena, so that their counts continue when
   * this thread declares them. Returns the number of these metrics.
   */
  inherit(): number {
    this.own.sync(this.#findFamily)
    for (const [number, known] of this.own.families.entries()) known?.family.inherit(number, known.cells)
    return this.own.families.length
  }

  /** Applies the new records of the other threads' journals, and reads which threads still run. */
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
