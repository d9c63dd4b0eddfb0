/** All arenas of a shared memory, as one thread sees them: its own, and those of other threads. */
import type { SharedMemory } from '../memory/shared-memory.ts'
import { type FindFamily, PeerArena } from './peer-arena.ts'

export class PeerArenas {
  readonly memory: SharedMemory
  /** This thread's arena, with the cells that a previous thread has left there. */
  readonly own: PeerArena
  readonly #arena: number
  readonly #findFamily: FindFamily
  readonly #peers: PeerArena[] = []
  /** The indexes of `#peers`. */
  readonly #known = new Set<number>()
  /** Number of changes that had begun at the last `sync`. */
  #changes = 0
  #hasInheritedRemoved = false

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
    this.own.unlinkRemoved()
    this.#hasInheritedRemoved = this.own.sync(this.#findFamily)
    for (const [number, known] of this.own.families.entries()) known?.family.inherit(number, known.cells)
    return this.own.families.length
  }

  /**
   * Applies the new records of the other threads' journals, and reads which threads still run.
   * @param dropRemoved called before series are added, if any thread has removed series; with true if another thread has
   * removed series in this thread's arena
   */
  sync(dropRemoved: (isOwnChanged: boolean) => void): void {
    this.#changes = this.memory.awaitChanges()
    this.#addNew()
    // Removed series are dropped before new ones are added, because a series may have been removed and added again.
    const isOwnChanged = this.own.unlinkRemoved()
    let isChanged = isOwnChanged
    for (const peer of this.#peers) if (peer.unlinkRemoved()) isChanged = true
    if (isChanged) dropRemoved(isOwnChanged)
    let hasRemoved = this.#hasInheritedRemoved
    for (const peer of this.#peers) if (peer.sync(this.#findFamily)) hasRemoved = true
    if (hasRemoved) dropRemoved(false)
    this.#hasInheritedRemoved = false
  }

  /** Adds the arenas that have got their first journal. */
  #addNew(): void {
    const { arenas } = this.memory
    for (let arena = 0; arena < arenas; arena++) {
      if (arena === this.#arena || this.#known.has(arena) || this.memory.journalOf(arena) === 0) continue
      this.#known.add(arena)
      this.#peers.push(new PeerArena(this.memory, arena))
    }
  }

  /** True if no thread has removed a series since `sync`. */
  get isCurrent(): boolean {
    return this.memory.changes === this.#changes
  }
}
