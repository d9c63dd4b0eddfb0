/** Gauges that every thread computes for itself and stores in its cells, so that scrapes in other threads show them. */
import { type Combination, labelsOf } from '../series/declaration.ts'
import type { DeclaredLabel, LabelSpecs, Labels } from '../series/labels.ts'
import type { StoredFamily } from '../series/stored-family.ts'
import { checkNumber, isOverflow, pairsOf } from './computed.ts'
import type { GaugeSeries } from './gauge.ts'
import { type CallbackRuns, MetricCallback } from './metric-callback.ts'
import { Settling } from './settling.ts'

/**
 * Options of a gauge that every thread computes for itself, at each scrape that it serves and at each `publish()`. For
 * promises see `Value`; until one settles, other threads show the previous value.
 */
export type PerThread = { readonly value: () => number | PromiseLike<number>; readonly threads: Combination }

/** As `PerThread`, for a gauge with labels. */
export type PerThreadValues<L extends LabelSpecs> = {
  readonly labels: L
  /**
   * Returns the series of this thread, or a promise of them. A series that is no longer returned stays, without the
   * value of this thread; with `threads: 'latest'` it keeps the value. As in `Values`, the values of series that share
   * `other` are added up. If all labels are closed, every series is shown from the start.
   */
  readonly values: () => PerThreadResult<L> | PromiseLike<PerThreadResult<L>>
  readonly threads: Combination
}

type PerThreadResult<L extends LabelSpecs> = Iterable<readonly [Labels<NoInfer<L>>, number]>

/** A gauge whose callback has returned a promise that has not settled yet. */
export type PendingGauge = {
  readonly family: StoredFamily
  /** The same each time, until it settles. By then the value was stored, or its error was reported. */
  readonly result: Settling<unknown>
  /** Stores NaN, because the value is late. It is stored when it comes. */
  expire(): void
}

export class PerThreadGauges {
  readonly #gauges = new Map<string, PerThreadGauge>()
  readonly #runs: CallbackRuns

  constructor(runs: CallbackRuns) {
    this.#runs = runs
  }

  /** Adds a gauge, or replaces its callback. */
  declare(family: StoredFamily<GaugeSeries>, callback: () => unknown): void {
    const existing = this.#gauges.get(family.head.name)
    if (existing) existing.callback.replace(callback)
    else this.#gauges.set(family.head.name, new PerThreadGauge(family, callback, this.#runs))
  }

  has(name: string): boolean {
    return this.#gauges.has(name)
  }

  /**
   * Calls all callbacks and stores their results. Stores NaN after an error.
   * @param isSync skips callbacks that have returned promises
   */
  publish(isSync = false): PendingGauge[] {
    const pending: PendingGauge[] = []
    for (const gauge of this.#gauges.values()) {
      if (isSync && gauge.callback.isAsync) continue
      const result = gauge.callback.run()
      if (result === undefined) gauge.expire()
      if (result instanceof Settling) pending.push(gauge.pending(result))
    }
    return pending
  }
}

class PerThreadGauge {
  readonly family: StoredFamily<GaugeSeries>
  readonly callback: MetricCallback<[], true>
  /** All series that this thread has computed so far. */
  readonly #series: Set<GaugeSeries>
  #pending: PendingGauge | undefined

  constructor(family: StoredFamily<GaugeSeries>, callback: () => unknown, runs: CallbackRuns) {
    const labels = labelsOf(family.declaration)
    this.family = family
    this.#series = new Set(labels.length === 0 ? [family.only] : [])
    this.callback = new MetricCallback(family.head.name, runs, callback, (result) => {
      this.#store(labels.length === 0 ? this.#one(result) : this.#computed(result, labels))
      return true
    })
  }

  expire(): void {
    for (const gauge of this.#series) gauge.set(Number.NaN)
  }

  pending(result: Settling<true | undefined>): PendingGauge {
    if (this.#pending?.result === result) return this.#pending
    result.onSettled(() => {
      const { outcome } = result
      if (outcome && 'value' in outcome && outcome.value === undefined) this.expire()
    })
    this.#pending = { family: this.family as unknown as StoredFamily, result, expire: () => this.expire() }
    return this.#pending
  }

  #store(computed: ReadonlyMap<GaugeSeries, number>): void {
    for (const gauge of this.#series) {
      if (gauge.isDiscarded) this.#series.delete(gauge) // another thread has removed it
      const value = computed.get(gauge)
      if (value === undefined) gauge.clear()
      else gauge.set(value)
    }
  }

  #one(value: unknown): ReadonlyMap<GaugeSeries, number> {
    checkNumber(this.family.head.name, value)
    return new Map([[this.family.only, value]])
  }

  /** @throws when a result is no number or has wrong labels, or a series is returned twice */
  #computed(result: unknown, labels: readonly DeclaredLabel[]): ReadonlyMap<GaugeSeries, number> {
    const { name } = this.family.head
    const computed = new Map<GaugeSeries, number>()
    for (const [given, value] of pairsOf(name, result)) {
      checkNumber(name, value)
      const gauge = this.family.bind(given)
      this.#series.add(gauge)
      const earlier = computed.get(gauge)
      if (earlier !== undefined && !isOverflow(labels, gauge)) {
        throw new Error(`${name}: values returned ${name}{${gauge.text}} twice`)
      }
      computed.set(gauge, value + (earlier ?? 0))
    }
    return computed
  }
}
