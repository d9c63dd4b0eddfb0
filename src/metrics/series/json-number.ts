/** NaN and the infinities in JSON, which has no numbers for them: as text, the way that JavaScript writes them. */

/** Returns a finite number as it is, and the text of any other. */
export function numberToJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

/**
 * Returns the number that `numberToJson` was given. null is NaN: JSON writes null for a number that is not finite if
 * the snapshot was cloned first, because a clone has no `toJSON`.
 */
export function numberFromJson(value: number | string | null): number {
  return value === null ? Number.NaN : Number(value)
}
