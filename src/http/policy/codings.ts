/**
 * The content codings of one variant, recorded from the handler's responses. A request gets the best recorded coding that it
 * accepts, so that the number of entries is that of the codings and not that of the headers.
 */
import { type AcceptedCodings, IDENTITY, weightOf } from '../fields/accept-encoding.ts'

/** Largest number of codings of one variant. */
const MAX_CODINGS = 8

/** Largest number of responses that only requests with the same header get. */
const MAX_EXACT = 4

export class Codings {
  /** Selecting values of the responses, the handler's preferred one first. */
  #made: readonly string[] = []
  /** Codings that a request preferred to `identity` and did not get. */
  readonly #notMade = new Set<string>()

  /**
   * The selecting value of the response to serve, or of the one that a load is expected to return; `undefined` if none can be
   * expected.
   *
   * @param likely codings that the handler may make, likeliest first.
   */
  expected(accepted: AcceptedCodings, likely: readonly string[]): string | undefined {
    const made = best(this.#made, accepted)
    if (made !== undefined && made !== IDENTITY) return made
    let expected: string | undefined
    let weight = weightOf(accepted, IDENTITY)
    if (weight > 0) expected = IDENTITY
    for (const coding of likely) {
      if (this.#notMade.has(coding)) continue
      // `identity` is stored: another coding is worth a load only if every handler understands that the client prefers it.
      if (made !== undefined && !accepted.plain.has(coding)) continue
      const other = weightOf(accepted, coding)
      if (other <= weight) continue
      weight = other
      expected = coding
    }
    return expected
  }

  /**
   * Records the handler's response to a request. The next request with the same header then selects this response, whatever was
   * recorded before. Otherwise an older, stale response would cause one load after the other.
   *
   * @param value the selecting value of the response.
   * @param likely as in {@link expected}.
   * @returns the values that no request can select any more.
   */
  add(value: string, accepted: AcceptedCodings, likely: readonly string[]): string[] {
    const weight = weightOf(accepted, value)
    this.#notMade.delete(value)
    for (const coding of value === IDENTITY ? likely : []) {
      if (accepted.plain.has(coding) && weightOf(accepted, coding) > weight) this.#notMade.add(coding)
    }
    const made = preferring(this.#made, value, accepted)
    const selectable = weight === 0 ? made : made.filter((other) => weightOf(accepted, other) <= weight)
    const excess = selectable.filter(isExact).slice(0, -MAX_EXACT)
    this.#made = selectable.filter((other) => !excess.includes(other)).slice(0, MAX_CODINGS)
    return excess
  }

  /** Removes a response that is not stored any more. */
  remove(value: string): void {
    this.#made = this.#made.filter((other) => other !== value)
  }

  get isEmpty(): boolean {
    return this.#made.length === 0
  }
}

/** The known codings that a request accepts, in one order, so that equivalent headers have the same text. */
export function wishOf(accepted: AcceptedCodings, likely: readonly string[]): string {
  const codings = new Set([IDENTITY, 'br', 'deflate', 'zstd', ...likely])
  return [...codings]
    .filter((coding) => weightOf(accepted, coding) > 0)
    .sort()
    .join()
}

/** The list with the value before all others that the request would have got as gladly: the handler prefers it to them. */
export function preferring(
  list: readonly string[],
  value: string,
  accepted: AcceptedCodings,
): readonly string[] {
  const others = list.filter((other) => other !== value)
  const at = others.findIndex((other) => weightOf(accepted, other) > 0)
  const before = list.indexOf(value)
  const index = [at, before].filter((i) => i >= 0)
  return index.length === 0 ? [...others, value] : others.toSpliced(Math.min(...index), 0, value)
}

/** The value with the highest weight; the first of those that share it. */
function best(values: readonly string[], accepted: AcceptedCodings): string | undefined {
  let best: string | undefined
  let bestWeight = 0
  for (const value of values) {
    const weight = weightOf(accepted, value)
    if (weight <= bestWeight) continue
    best = value
    bestWeight = weight
  }
  return best
}

function isExact(value: string): boolean {
  return value.startsWith('=')
}
