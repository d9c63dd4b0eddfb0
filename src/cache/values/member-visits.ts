/** Visits the members of objects within one another: all of them, or an even sample. */

/** Members that are visited before samples are taken. They take less than 0.3 ms. */
export const BUDGET = 2048

/**
 * Visits one member.
 *
 * @param weight number of members for which it stands.
 * @param budget number of members that may be visited below it. A sample below 0 counts the objects within one another of which
 *   one member was visited.
 */
export type Visit = (index: number, weight: number, budget: number) => void

export interface MemberVisits {
  /** True if the result is of no use. Nothing is visited any more. */
  readonly hasFailed: boolean
  /**
   * Visits members of one object.
   *
   * @param count number of members.
   * @param weight as in {@link Visit}, of the object; also `budget`.
   * @param isEnded called before each visit.
   */
  visit(count: number, weight: number, budget: number, isEnded: () => boolean, visit: Visit): void
}

/** Visits each member for itself. Fails if there are too many. */
export class CompleteVisits implements MemberVisits {
  readonly #max: number
  #visited = 0
  hasFailed = false

  constructor(max: number) {
    this.#max = max
  }

  visit(count: number, _weight: number, _budget: number, isEnded: () => boolean, visit: Visit): void {
    this.#visited += count
    if (this.#visited > this.#max) this.hasFailed = true
    for (let i = 0; i < count && !isEnded(); i++) visit(i, 1, 0)
  }
}

/** Members that a sample visits at most. */
const MAX_SAMPLED = 8 * BUDGET
/** Objects within one another below which a sample of one member stands for all. */
const MAX_GUESSED_DEPTH = 8
/** The weight of a sample is raised by this factor, because the estimate must not be too low. */
const MARGIN = 1.04
/** Multiples of it are spread evenly over the fractions from 0 to 1. */
const GOLDEN_RATIO = 0.618

/** Visits an even sample of the members. Fails if the objects are nested too deeply for a sample. */
export class SampledVisits implements MemberVisits {
  hasFailed = false
  #visited = 0
  /** Place of the last sampled member in its part of the members, from 0 to 1. It changes, so that no period hides members. */
  #phase = 0

  visit(count: number, weight: number, budget: number, isEnded: () => boolean, visit: Visit): void {
    const share = budget < 64 ? budget : budget >> 2
    const sampled = Math.min(count, Math.max(1, share))
    const memberBudget = Math.floor((budget - sampled) / Math.max(1, sampled))
    this.#visited += sampled
    if (this.#visited > MAX_SAMPLED || memberBudget < -MAX_GUESSED_DEPTH) this.hasFailed = true
    if (sampled < count)
      this.#visitSample(count, sampled, isEnded, (i, w) => visit(i, w * weight, memberBudget))
    else for (let i = 0; i < count && !isEnded(); i++) visit(i, weight, memberBudget)
  }

  /**
   * The first half of a sample stands for itself alone: it finds the objects that many members share. The second half stands for
   * the rest.
   */
  #visitSample(
    count: number,
    sampled: number,
    isEnded: () => boolean,
    visit: (index: number, weight: number) => void,
  ): void {
    const early = sampled >> 1
    const weight = ((count - early) / (sampled - early)) * MARGIN
    for (let n = 0; n < sampled && !isEnded(); n++) {
      const place = n < early ? 2 * n + 1 : 2 * (n - early)
      this.#phase = (this.#phase + GOLDEN_RATIO) % 1
      visit(Math.floor(((place + this.#phase) * count) / sampled), n < early ? 1 : weight)
    }
  }
}
