/** Removal of the entries of one namespace among others, in steps. Until its end, the entries that it covers count as removed. */
import type { Room } from './room.ts'

interface PendingClear {
  readonly prefix: string
  /** Keys that were stored since the call of `clear`. */
  readonly stored: Set<string>
  /** The rooms that were not searched yet. The last one is being searched from its last slot to its first. */
  readonly rooms: Room[]
  /** Number of slots of the last room that were not searched yet. */
  slots: number
}

export class PendingClears {
  #pending: PendingClear[] = []

  get isPending(): boolean {
    return this.#pending.length > 0
  }

  begin(prefix: string, rooms: readonly Room[]): void {
    this.#pending = this.#pending.filter((one) => !one.prefix.startsWith(prefix))
    this.#pending.push({ prefix, stored: new Set(), rooms: [...rooms], slots: rooms.at(-1)?.length ?? 0 })
  }

  /** Called when an entry was stored. */
  stored(key: string): void {
    for (const { prefix, stored } of this.#pending) if (key.startsWith(prefix)) stored.add(key)
  }

  /** Returns true if a stored entry counts as removed. */
  covers(key: string): boolean {
    return this.#pending.some((one) => isCovered(one, key))
  }

  /**
   * Looks at no more than `budget` entries, and calls `remove` for those that are covered. It must fill the slot with the last
   * entry of the room.
   *
   * @returns the rest of the budget.
   */
  continue(budget: number, remove: (room: Room, slot: number) => void): number {
    let left = budget
    for (let one = this.#pending[0]; one !== undefined; one = this.#pending[0]) {
      const room = one.rooms.at(-1)
      if (room === undefined) {
        this.#pending.shift()
        continue
      }
      one.slots = Math.min(one.slots, room.length) // entries may have been removed meanwhile
      if (one.slots === 0) {
        one.rooms.pop()
        one.slots = one.rooms.at(-1)?.length ?? 0
        continue
      }
      if (left-- === 0) return 0
      one.slots--
      if (isCovered(one, room.keyAt(one.slots))) remove(room, one.slots)
    }
    return left
  }

  /** All entries were removed. */
  end(): void {
    this.#pending = []
  }
}

function isCovered({ prefix, stored }: PendingClear, key: string): boolean {
  return key.startsWith(prefix) && !stored.has(key)
}
