/**
 * Samples the intervals that go on. Without them a cold or large cache would learn from short intervals only, because the long ones have
 * not ended yet.
 */
import { type Entries, indexOf, LAST, PAST } from './entries.ts'
import { COUNTED, type History } from './history.ts'
import { RUNNING } from './worth-curve.ts'
import { cellOf } from './worth-table.ts'

/** Most entries and most sets of the history in a sample. They bound the pause. */
const ENTRIES = 1024
const SETS = 410

/** Adds the running intervals of entries and history to the cells of the table. */
export function countRunning(cells: Float32Array, now: number, entries: Entries, history: History): void {
  function count(past: number, last: number, weight: number): void {
    if (past === 0 || (past & COUNTED) !== 0) return
    const cell = cellOf(past, (now - last) | 0) + RUNNING
    cells[cell] = (cells[cell] as number) + weight
  }
  const slots = Math.ceil(entries.size / ENTRIES)
  for (let slot = (now >>> 0) % slots; slot < entries.size; slot += slots) {
    const ints = entries.chunkOf(slot)
    const at = indexOf(slot)
    count(ints[at + PAST] as number, ints[at + LAST] as number, slots)
  }
  const sets = Math.ceil(history.sets / SETS)
  for (let set = (now >>> 0) % sets; set < history.sets; set += sets) {
    for (const place of history.placesOf(set)) count(history.pastAt(place), history.lastAt(place), sets)
  }
}
