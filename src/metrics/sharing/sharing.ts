/** Moves a registry into memory that threads share, and keeps its view of the other threads up to date. */
import { createSharedMemory, SharedMemory, type SharedMetrics } from '../memory/shared-memory.ts'
import type { CellAllocator } from '../series/cell-allocator.ts'
import type { FindFamily } from './peer-arena.ts'
import { PeerArenas } from './peer-arenas.ts'

export type { SharedMetrics } from '../memory/shared-memory.ts'

/** The operations that `Sharing` needs from a registry's metrics. */
export type ShareableFamilies = {
  /** Defined if another thread has declared a different metric of the same name. */
  readonly conflict: Error | undefined
  find: FindFamily
  /** Moves this thread's series into the allocator's arena. @throws {RangeError} when there is no room; then nothing has moved */
  relocate(): void
  /** Drops the series that other threads have removed. The parameter is false if no cells of this thread have changed. */
  dropRemoved(isOwnChanged: boolean): void
  /** Drops all metrics and series that were added from the journals of other threads. */
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

  /** Implements `Registry.share`. */
  share(maxBytes = defaultMaxBytes): SharedMetrics {
    const arenas = this.#arenas ?? this.#join(createSharedMemory(maxBytes).reserve())
    return arenas.memory.reserve()
  }

  /** Implements `Registry.attach`. */
  attach(shared: SharedMetrics): void {
    if (this.#arenas !== undefined) throw new Error('attach: this registry shares its metrics already')
    this.#join(shared)
  }

  /** Implements `Registry.release`. */
  release(shared: SharedMetrics): void {
    new SharedMemory(shared.buffer).release(shared)
  }

  /** Reads the new journal records of all other threads. Does nothing until memory is shared. */
  sync(): void {
    this.#arenas?.sync((isOwnChanged) => this.#families.dropRemoved(isOwnChanged))
  }

  /** True if no thread has removed a series since `sync`. */
  isCurrent(): boolean {
    return this.#arenas?.isCurrent ?? true
  }

  #join(shared: SharedMetrics): PeerArenas {
    const memory = new SharedMemory(shared.buffer)
    memory.beginAttach(shared)
    const arenas = new PeerArenas(memory, shared.arena, (declaration) => this.#families.find(declaration))
    try {
      const inherited = arenas.inherit()
      arenas.sync((isOwnChanged) => this.#families.dropRemoved(isOwnChanged))
      if (this.#families.conflict !== undefined) throw this.#families.conflict
      this.#allocator.useArena(memory, shared.arena, inherited)
      this.#families.relocate()
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
