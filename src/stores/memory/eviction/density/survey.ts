/**
 * Samples the intervals that go on. Without them a cold or large cache would learn from short intervals only, because the long ones have
 * not ended yet.
 */
import { type Entries, indexOf, LAST, PAST } from './entries.ts'
import { COUNTED, type History, PLACES } from './history.ts'
import { RUNNING } from './worth-curve.ts'
import { cellOf } from './worth-table.ts'

/** Most entries and most sets of the history in a sample. They bound the pause. */
const ENTRIES = 512
const SETS = 256

/** Adds the running intervals of entries and history to the cells of the table. */
export function countRunning(cells: Float32Array, now: number, entries: Entries, history: History): void {
  const slots = Math.ceil(entries.size / ENTRIES)
  for (let slot = (now >>> 0) % slots; slot < entries.size; slot += slots) {
    const ints = entries.chunkOf(slot)
    const at = indexOf(slot)
    count(cells, ints[at + PAST] as number, now - (ints[at + LAST] as number), slots)
  }
  const sets = Math.ceil(history.sets / SETS)
  for (let set = (now >>> 0) % sets; set < history.sets; set += sets) {
    for (let n = 0; n < PLACES; n++) {
      const place = history.placeOf(set, n)
      count(cells, history.pastAt(place), now - history.lastAt(place), sets)
    }
  }
}

function count(cells: Float32Array, past: number, age: number, weight: number): void {
  if (past === 0 || (past & COUNTED) !== 0) return
  const cell = cellOf(past, age | 0) + RUNNING
  cells[cell] = (cells[cell] as number) + weight
}
