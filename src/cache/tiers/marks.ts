/** Marks in a remote tier: the time at which a key, a tag or everything was invalidated, and the process whose clock it is. */
import type { Invalidation } from '../invalidation/invalidation.ts'

/** The assumed skew between two clocks. An entry of another process that is younger than a mark by less is not trusted. */
const CLOCK_SKEW_MS = 1000

/** The id of the mark on everything. */
export const EVERYTHING = 'a'

export function markId(mark: Invalidation): string {
  if (mark === 'everything') return EVERYTHING
  return 'key' in mark ? `k:${mark.key}` : `t:${mark.tag}`
}

/** Two processes may have different clocks; one process has no skew. */
export function skew(loader: number, marker: number): number {
  return loader === marker ? 0 : CLOCK_SKEW_MS
}

export interface MadeMark {
  /** Epoch ms, on the clock of `by`. */
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

/** Bytes that are no mark count as one of the far future: that costs a load and never a stale value. */
export function decodeMark(bytes: Uint8Array): MadeMark {
  if (bytes.length !== 12) return { at: Infinity, by: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { at: view.getFloat64(0), by: view.getUint32(8) }
}
