/** Keys and tags whose entries were made stale: the sequence number and the time of the last mark of each, in bounded memory. */
import { type MarkLimits, RecentMarks } from './recent-marks.ts'

/** The moment at which entries were made stale. */
export interface ExpiryMark {
  readonly sequence: number
  /** Epoch ms. */
  readonly at: number
}

/** The marks for running loads. An entry in memory does not need them: it, or its tags, have the mark. */
export class ExpiryMarks {
  readonly #sequences: RecentMarks
  readonly #times: RecentMarks

  constructor(limits?: MarkLimits) {
    this.#sequences = new RecentMarks(limits)
    this.#times = new RecentMarks(limits)
  }

  /** @param mark must not have a lower sequence number than an earlier mark of the name. */
  mark(name: string, { sequence, at }: ExpiryMark): void {
    this.#sequences.mark(name, sequence)
    this.#times.mark(name, at)
  }

  /** Marks all names. */
  markAll({ sequence, at }: ExpiryMark): void {
    this.#sequences.markAll(sequence)
    this.#times.markAll(at)
  }

  /** Returns the last mark of the name, or a later one that was dropped and may be its own; `undefined` if there is none. */
  lastMark(name: string): ExpiryMark | undefined {
    const sequence = this.#sequences.lastMark(name)
    return sequence === 0 ? undefined : { sequence, at: this.#times.lastMark(name) }
  }
}
