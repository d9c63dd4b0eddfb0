/**
 * Marks in a remote tier. A mark is the time at which a key, a tag or everything was invalidated, and the process whose clock
 * gave the time.
 */
import type { Invalidation } from '../invalidation/invalidation.ts'

/**
 * The assumed maximum difference between the clocks of two processes. If one process made a mark, and another loaded an entry
 * at most this long afterwards, the entry counts as invalidated.
 */
const CLOCK_SKEW_MS = 1000

/** The id of the mark that invalidates all entries. */
export const EVERYTHING = 'a'

export function markId(mark: Invalidation): string {
  if (mark === 'everything') return EVERYTHING
  return 'key' in mark ? `k:${mark.key}` : `t:${mark.tag}`
}

/** Returns the assumed difference between the clocks of two processes, in ms; 0 if both are the same process. */
export function skew(loader: number, marker: number): number {
  return loader === marker ? 0 : CLOCK_SKEW_MS
}

export interface MadeMark {
  /** Epoch ms, on the clock of the process `by`. */
  at: number
  by: number
}

export function encodeMark({ at, by }: MadeMark): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setFloat64(0, at)
  view.setUint32(8, by)
  return bytes
}

/**
 * Bytes that are no mark are decoded as a mark in the far future, so entries count as invalidated. That costs a load, but no
 * stale value is served.
 */
export function decodeMark(bytes: Uint8Array): MadeMark {
  if (bytes.length !== 12) return { at: Infinity, by: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { at: view.getFloat64(0), by: view.getUint32(8) }
}
