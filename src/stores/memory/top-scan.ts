/** Finds the hottest and the largest entries of a store, a bounded number of entries at a time. */
import type { FoundEntry, TopFound, TopScan } from '../store.ts'
import type { Room } from './room.ts'
import { TopList } from './top-list.ts'

/** Entries that one step examines at most: about a millisecond. */
const STEP = 1 << 14

/** Slots of a room, from `from` to below `end`. */
interface Range {
  readonly room: Room
  readonly from: number
  readonly end: number
}

export class RoomScan implements TopScan {
  readonly #rooms: readonly Room[]
  readonly #slotOf: (key: string, room: Room) => number | undefined
  readonly #step: number
  /** Number of the next entry to examine, over all rooms. */
  #next = 0
  /** Keys of the last result, which are examined again. */
  #former: ReadonlySet<string> = new Set()

  /**
   * @param slotOf returns the slot of a key if its entry is in the room. @param step entries that a step examines at most, besides those
   *   of the last result.
   */
  constructor(
    rooms: readonly Room[],
    slotOf: (key: string, room: Room) => number | undefined,
    step: number = STEP,
  ) {
    this.#rooms = rooms
    this.#slotOf = slotOf
    this.#step = step
  }

  next(count: number, accepts: (key: string) => boolean): TopFound {
    const hottest = new TopList<FoundEntry>(count)
    const largest = new TopList<FoundEntry>(count)
    const former = this.#former
    let examined = 0

    function examine(room: Room, slot: number, isFormer: boolean): void {
      const bytes = room.bytesAt(slot)
      const share = room.policy.shareAt?.(slot) ?? 0
      examined++
      if (!hottest.admits(share) && !largest.admits(bytes)) return
      const key = room.keyAt(slot)
      if ((!isFormer && former.has(key)) || !accepts(key)) return
      const found = { key, bytes, ...(share > 0 && { share }) }
      hottest.add(share, found)
      largest.add(bytes, found)
    }

    for (const room of this.#rooms) {
      for (const key of former) {
        const slot = this.#slotOf(key, room)
        if (slot !== undefined) examine(room, slot, true)
      }
    }
    for (const { room, from, end } of this.#nextRanges()) {
      for (let slot = from; slot < end; slot++) examine(room, slot, false)
    }
    this.#former = new Set([...hottest.items, ...largest.items].map(({ key }) => key))
    return { hottest: hottest.items, largest: largest.items, examined }
  }

  /** Returns the slots of one step, from where the last one ended. No slot comes twice. */
  #nextRanges(): Range[] {
    const total = this.#rooms.reduce((sum, { length }) => sum + length, 0)
    const length = Math.min(total, this.#step)
    const start = this.#next < total ? this.#next : 0
    const end = start + length
    this.#next = end <= total ? end : end - total
    // The part that begins again at the first entry comes second.
    return [...this.#ranges(start, Math.min(end, total)), ...this.#ranges(0, end - total)]
  }

  /** @param from and `end`: numbers of entries over all rooms. */
  #ranges(from: number, end: number): Range[] {
    let first = 0
    return this.#rooms.flatMap((room) => {
      const range = { room, from: Math.max(from - first, 0), end: Math.min(end - first, room.length) }
      first += room.length
      return range.from < range.end ? [range] : []
    })
  }
}
