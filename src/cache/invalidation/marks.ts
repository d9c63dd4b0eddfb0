/** Marks in a remote tier: when a key, a tag or everything was invalidated, and by whose clock. */

/** What is invalidated; a key as the stores know it, after the namespace. */
export type Invalidation = { key: string } | { tag: string } | 'everything'

/** How far the clocks of two processes may be apart: what another loaded so shortly after a mark is not trusted. */
const CLOCK_SKEW_MS = 1000

/** The id of the mark on everything. */
export const EVERYTHING = 'a'

export function markId(mark: Invalidation): string {
  if (mark === 'everything') return EVERYTHING
  return 'key' in mark ? `k:${mark.key}` : `t:${mark.tag}`
}

/** Two processes' clocks may disagree; one process agrees with itself. */
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

/** What is no mark counts as one that was made just now: better a load too many. */
export function decodeMark(bytes: Uint8Array): MadeMark {
  if (bytes.length !== 12) return { at: Number.POSITIVE_INFINITY, by: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { at: view.getFloat64(0), by: view.getUint32(8) }
}
