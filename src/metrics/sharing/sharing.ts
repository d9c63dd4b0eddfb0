/** Moves a registry into memory that threads share, and keeps its view of the other threads up to date. */
import { createSharedMemory, SharedMemory, type SharedMetrics } from '../memory/shared-memory.ts'
import type { CellAllocator } from '../series/cell-allocator.ts'
import type { PeerCells } from '../series/series.ts'
import type { FindFamily } from './peer-arena.ts'
import { PeerArenas } from './peer-arenas.ts'

export type { SharedMetrics } from '../memory/shared-memory.ts'

/** The operations on a registry's metrics that sharing needs. */
export type ShareableFamilies = {
  /** Set if another thread has declared a different metric of the same name. */
  readonly conflict: Error | undefined
  find: FindFamily
  /** Moves this thread's series into the arena. @throws {RangeError} when there is no room; then nothing has moved */
  relocate(arena: PeerCells['arena']): void
  /** Drops everything that other threads' journals have added. */
  dropPeers(): void
}

const defaultMaxBytes = 256 * 2 ** 20

export class Sharing {
  readonly #allocator: CellAllocator
  readonly #families: ShareableFamilies
  #arenas: PeerArenas | undefined

  constructor(allocator: CellAllocator, families: ShareableFamilies) {
    this.#allocator = allocator
    this.#families = families
  }

  /** As `Registry.share`. */
  share(maxBytes = defaultMaxBytes): SharedMetrics {
    const arenas = this.#arenas ?? this.#join(createSharedMemory(maxBytes).reserve())
    return arenas.memory.reserve()
  }

  /** As `Registry.attach`. */
  attach(shared: SharedMetrics): void {
    if (this.#arenas !== undefined) throw new Error('attach: this registry shares its metrics already')
    this.#join(shared)
  }

  /** As `Registry.release`. */
  release(shared: SharedMetrics): void {
    new SharedMemory(shared.buffer).release(shared)
  }

  /** Reads the news of all other threads; does nothing until memory is shared. */
  sync(): void {
    this.#arenas?.sync()
  }

  #join(shared: SharedMetrics): PeerArenas {
    const memory = new SharedMemory(shared.buffer)
    memory.beginAttach(shared)
    const arenas = new PeerArenas(memory, shared.arena, (declaration) => this.#families.find(declaration))
    try {
      const inherited = arenas.inherit()
      arenas.sync()
      if (this.#families.conflict !== undefined) throw this.#families.conflict
      this.#allocator.useArena(memory, shared.arena, inherited)
      this.#families.relocate(arenas.own)
    } catch (error) {
      this.#allocator.leaveArena()
      this.#families.dropPeers()
      memory.release(shared)
      throw error
    }
    this.#arenas = arenas
    memory.completeAttach(shared)
    return arenas
  }
}
