/**
 * The metrics of one registry: those that this thread has declared, and those that only other threads have declared.
 */

import type { ComputedFamily } from './kinds/computed.ts'
import { type CounterSeries, counterKind } from './kinds/counter.ts'
import { type GaugeSeries, gaugeKind } from './kinds/gauge.ts'
import { type HistogramSeries, histogramKind } from './kinds/histogram.ts'
import { type InfoSeries, infoKind } from './kinds/info.ts'
import type { CellAllocator } from './series/cell-allocator.ts'
import { type Declaration, namesOf } from './series/declaration.ts'
import {
  callbackDiffers,
  declaredAlready,
  declaredElsewhere,
  isSame,
  noCallbackDiffers,
} from './series/declared-differently.ts'
import type { ReportError } from './series/error-reports.ts'
import { overflowValue } from './series/labels.ts'
import type { Series } from './series/series.ts'
import { type Kind, StoredFamily } from './series/stored-family.ts'

/** For each type of metric, the handle of one of its series. */
type Handles = { counter: CounterSeries; gauge: GaugeSeries; histogram: HistogramSeries; info: InfoSeries }

/** The counters that a registry keeps of itself. Each has a series for a metric as soon as the metric needs one. */
const overflows: Declaration = {
  type: 'counter',
  name: 'metrics_label_overflows_total',
  help: `Label lookups that used "${overflowValue}" because a label had reached its maximum of values.`,
  labels: [['metric', Number.MAX_SAFE_INTEGER]],
}
const errors: Declaration = {
  type: 'counter',
  name: 'metrics_errors_total',
  help: 'Errors of metrics: rejected labels and values, and failed callbacks.',
  labels: [['metric', Number.MAX_SAFE_INTEGER]],
}
const own: readonly Declaration[] = [overflows, errors]
const ownNames = own.map(({ name }) => name)

export class Families {
  /**
   * Defined if another thread has declared a different metric of the same name, so that the counts cannot be combined.
   */
  conflict: Error | undefined
  readonly #allocator: CellAllocator
  readonly #sync: () => void
  readonly #isCurrent: () => boolean
  readonly #report: ReportError
  #all: (StoredFamily | ComputedFamily)[] = []
  readonly #stored = new Map<string, StoredFamily>()
  readonly #computed = new Map<string, ComputedFamily>()
  readonly #owners = new Map(own.flatMap(namesOf).map((name) => [name, 'the registry itself']))
  /** The registry's own counters by name, as far as this thread has declared them. */
  readonly #own = new Map<string, StoredFamily<CounterSeries>>()

  /**
   * @param sync reads the journals of other threads; it may add metrics and series to this object
   * @param isCurrent returns true if no thread has removed a series since `sync`
   */
  constructor(
    allocator: CellAllocator,
    sync: () => void,
    report: ReportError,
    isCurrent: () => boolean = () => true,
  ) {
    this.#allocator = allocator
    this.#sync = sync
    this.#isCurrent = isCurrent
    this.#report = report
  }

  /**
   * Declares the metric; returns the existing one if this thread has declared it equally before.
   * @throws when the name is taken, or this thread or another one has declared the metric differently
   */
  declare<T extends keyof Handles>(
    declaration: Declaration & { readonly type: T },
  ): StoredFamily<Handles[T]> {
    this.#sync()
    const { name } = declaration
    const isOwn = ownNames.includes(name)
    const computed = this.#computed.get(name)
    if (computed) throw declaredAlready(computed.declaration, declaration, callbackDiffers)
    const existing = isOwn ? undefined : this.#stored.get(name)
    if (existing === undefined) this.#claim(declaration)
    else if (!isSame(existing.declaration, declaration)) {
      throw existing.isDeclared
        ? declaredAlready(existing.declaration, declaration)
        : declaredElsewhere(existing.declaration, declaration)
    }
    const family = existing ?? this.#add(declaration)
    if (!family.isDeclared) {
      family.declare()
      if (declaration.labels.some(([, values]) => typeof values === 'number')) this.overflowsOf(name)
    }
    return family as unknown as StoredFamily<Handles[T]> // `#create` chose the handle by the declaration's type
  }

  /** The declaration of the metric with cells that this thread has declared under this name. */
  declarationOf(name: string): Declaration | undefined {
    const family = this.#stored.get(name)
    return family?.isDeclared ? family.declaration : undefined
  }

  /**
   * Adds a metric that a callback computes. Returns the existing one if this thread has declared it equally before.
   * @param create makes the metric
   * @throws when the name is taken, or this thread has declared the metric differently
   */
  declareComputed(declaration: Declaration, create: () => ComputedFamily): ComputedFamily {
    const { name } = declaration
    const stored = ownNames.includes(name) ? undefined : this.#stored.get(name)
    if (stored?.isDeclared) throw declaredAlready(stored.declaration, declaration, noCallbackDiffers)
    const existing = this.#computed.get(name)
    if (existing !== undefined) {
      if (!isSame(existing.declaration, declaration)) throw declaredAlready(existing.declaration, declaration)
      return existing
    }
    this.#claim(declaration)
    const family = create()
    this.#all.push(family)
    this.#computed.set(name, family)
    return family
  }

  /**
   * Returns the metric that another thread has declared, and adds it if it is missing here. If the declaration
   * conflicts with the metrics of this thread, sets `conflict` and returns undefined.
   */
  find(declaration: Declaration): StoredFamily | undefined {
    const existing = this.#stored.get(declaration.name)
    if (existing !== undefined && isSame(existing.declaration, declaration)) return existing
    try {
      if (existing !== undefined) throw declaredElsewhere(declaration, existing.declaration)
      if (!ownNames.includes(declaration.name)) this.#claim(declaration)
      return this.#add(declaration)
    } catch (error) {
      this.conflict ??= error as Error // all errors above are of class Error
      return undefined
    }
  }

  /**
   * Moves this thread's series into the arena that the allocator uses.
   * @throws {RangeError} when there is no room; then no series has moved
   */
  relocate(): void {
    const declared = [...this.#stored.values()].filter((family) => family.isDeclared)
    const moves = declared.map((family) => family.prepareCells())
    for (const move of moves) move()
  }

  /** Drops the series that other threads have removed. The parameter is that of `changedSeries`. */
  dropRemoved(isOwnChanged: boolean): void {
    for (const family of this.#stored.values()) family.dropChanged(isOwnChanged)
  }

  /** Drops all metrics and series that were added from the journals of other threads. */
  dropPeers(): void {
    this.conflict = undefined
    for (const family of this.#stored.values()) {
      family.dropPeers()
      if (!family.isDeclared) this.#remove(family.head.name)
    }
  }

  #remove(name: string): void {
    this.#stored.delete(name)
    this.#all = this.#all.filter(({ head }) => head.name !== name)
    for (const [taken, owner] of this.#owners) if (owner === name) this.#owners.delete(taken)
  }

  /** All metrics in declaration order except `errors`; the counter of label overflows is last. */
  get all(): readonly (StoredFamily | ComputedFamily)[] {
    const counter = this.#stored.get(overflows.name)
    return counter === undefined ? this.#all : [...this.#all, counter]
  }

  /** `metrics_errors_total`, if there is one. It is read last, because taking a snapshot may cause errors. */
  get errors(): StoredFamily | undefined {
    return this.#stored.get(errors.name)
  }

  #add(declaration: Declaration): StoredFamily {
    const family = this.#create(declaration)
    this.#stored.set(declaration.name, family)
    if (!ownNames.includes(declaration.name)) this.#all.push(family)
    return family
  }

  #create(declaration: Declaration): StoredFamily {
    switch (declaration.type) {
      case 'counter':
        return this.#family<CounterSeries>(declaration, counterKind)
      case 'gauge':
        return this.#family<GaugeSeries>(declaration, gaugeKind)
      case 'histogram':
        return this.#family<HistogramSeries>(declaration, histogramKind)
      case 'info':
        return this.#family<InfoSeries>(declaration, infoKind)
    }
  }

  #family<H extends Series>(
    declaration: Declaration,
    kind: (family: StoredFamily<H>) => Kind<H>,
  ): StoredFamily<H> {
    const { name } = declaration
    return new StoredFamily({
      declaration,
      allocator: this.#allocator,
      kind,
      others: { sync: this.#sync, isCurrent: this.#isCurrent },
      onOverflow: () => this.#count(overflows, name),
      onError: (error) => this.#report(error, name),
    })
  }

  /**
   * Returns the overflow counter for a metric with an open label. It is shown with the value 0 from the metric's
   * declaration on.
   */
  overflowsOf(metric: string): CounterSeries {
    return this.#ownFamily(overflows).bind({ metric })
  }

  /** Counts an error of the metric in `metrics_errors_total`, which shows the metric from then on. */
  countError(metric: string): void {
    this.#count(errors, metric)
  }

  /** Shows the metric in `metrics_errors_total`, with 0 if it has no error yet. */
  showErrors(metric: string): void {
    this.#count(errors, metric, 0)
  }

  /** Counts in one of the registry's own counters; does nothing if shared memory has no room for the series. */
  #count(counter: Declaration, metric: string, n = 1): void {
    try {
      this.#ownFamily(counter).bind({ metric }).inc(n)
    } catch {
      // The memory is full. The operation that is counted here must not throw for that.
    }
  }

  #ownFamily(declaration: Declaration): StoredFamily<CounterSeries> {
    const existing = this.#own.get(declaration.name)
    if (existing !== undefined) return existing
    const added = this.#stored.get(declaration.name) ?? this.#add(declaration)
    added.declare()
    const family = added as unknown as StoredFamily<CounterSeries> // `own` declares only counters
    this.#own.set(declaration.name, family)
    return family
  }

  #claim({ type, name }: Pick<Declaration, 'type' | 'name'>): void {
    const names = namesOf({ type, name })
    for (const wanted of names) {
      const owner = this.#owners.get(wanted)
      if (owner !== undefined) throw new Error(`${name}: the name ${wanted} is taken by ${owner}`)
    }
    for (const wanted of names) this.#owners.set(wanted, name)
  }
}
