/** The steps of an interleaving in order, for the message of a failure. */
export class Transcript {
  readonly #lines: unknown[][] = []

  record(...parts: unknown[]): void {
    this.#lines.push(parts)
  }

  /** One line per step. Formatted on demand, because most interleavings do not fail. */
  toString(): string {
    return this.#lines
      .map((parts) => parts.map((part) => (typeof part === 'object' ? JSON.stringify(part) : part)).join(' '))
      .join('\n')
  }
}
