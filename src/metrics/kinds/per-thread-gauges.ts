/** Gauges that every thread computes for itself and stores in its cells, so that scrapes in other threads show them. */
import { checkNumber } from './computed.ts'
import type { GaugeSeries } from './gauge.ts'

export class PerThreadGauges {
  readonly #gauges: { readonly gauge: GaugeSeries; readonly value: () => unknown }[] = []
  readonly #onError: (error: unknown, metric: string) => void

  constructor(onError: (error: unknown, metric: string) => void) {
    this.#onError = onError
  }

  add(gauge: GaugeSeries, value: () => unknown): void {
    this.#gauges.push({ gauge, value })
  }

  /** Calls all callbacks and stores their results. Stores NaN if a callback throws or does not return a number. */
  publish(): void {
    for (const { gauge, value } of this.#gauges) {
      const { name } = gauge.family.head
      try {
        const computed = value()
        checkNumber(name, computed)
        gauge.set(computed)
      } catch (error) {
        gauge.set(Number.NaN)
        this.#onError(error, name)
      }
    }
  }
}
