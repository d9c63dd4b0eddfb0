/** Finds the series of one metric by their label values, without joining them into a key. */
import { type DeclaredLabel, overflowValue, toLabelValue } from './labels.ts'

/** One level of Maps for each label; the last level holds the series. */
type Branch<S> = Map<string, Branch<S> | S>

/** Functions that a `SeriesIndex` calls. */
export type SeriesIndexCallbacks<S> = {
  /** Makes the series with these label values, in declared order. If it throws, the index does not change. */
  add(values: readonly string[]): S
  /**
   * Called before an open label accepts a new value, so that series of other threads can be adopted first. Not called
   * if the label has reached its maximum.
   */
  beforeNewValue(): void
  /**
   * Called before a value is replaced by `other`, so that places of removed series can be given back first. Any number of
   * values may come, so it must be cheap.
   */
  beforeOverflow(): void
  /** Called each time that a lookup replaces a value by `other`. */
  onOverflow(): void
}

export class SeriesIndex<S> {
  readonly #metric: string
  readonly #labels: readonly DeclaredLabel[]
  readonly #callbacks: SeriesIndexCallbacks<S>
  readonly #names: readonly string[]
  readonly #root: Branch<S> = new Map()
  /**
   * For each open label the number of series with each of its values, without `other`. Not used for the first label,
   * whose values are the keys of `#root`.
   */
  readonly #uses: readonly Map<string, number>[]

  /** @param labels at least one */
  constructor(metric: string, labels: readonly DeclaredLabel[], callbacks: SeriesIndexCallbacks<S>) {
    this.#metric = metric
    this.#labels = labels
    this.#callbacks = callbacks
    this.#names = labels.map(({ name }) => name)
    this.#uses = labels.map(() => new Map())
  }

  /**
   * Returns the series that another thread has added with these values, and adds it here if it is missing. The values
   * are accepted even above the maximum of an open label.
   */
  adopt(values: readonly string[]): S {
    return this.#get(values) ?? this.#add(values)
  }

  /**
   * Returns the series with these labels if it exists. Undefined does not mean that there is none: `find` finds those
   * whose labels are given in another order.
   */
  lookup(labels: Readonly<Record<string, unknown>>): S | undefined {
    // Nearly all callers pass the labels in declared order, so one pass can check the names, count them and read the
    // values.
    const names = this.#names
    let i = 0
    let node: Branch<S> | S | undefined = this.#root
    for (const name in labels) {
      if (name !== names[i++] || node === undefined) return undefined
      // The casts are safe: the depth determines if a node is a Map or a series, and no Map has a key that is not a
      // string.
      node = (node as Branch<S>).get(labels[name] as string)
    }
    return i === names.length ? (node as S | undefined) : undefined
  }

  /**
   * Returns the series with these labels, and adds it if it is missing.
   * @throws when a label is missing or unknown, or its value is not a string or not among the declared values; then no
   * series is added
   */
  find(labels: Readonly<Record<string, unknown>>): S {
    return this.#inAnyOrder(labels) ?? this.#findNew(this.#checked(labels))
  }

  #inAnyOrder(labels: Readonly<Record<string, unknown>>): S | undefined {
    let given = 0
    for (const _ in labels) given++
    if (given !== this.#labels.length) throw this.#wrongNames(labels)
    let node: Branch<S> | S | undefined = this.#root
    for (const name of this.#names) node = (node as Branch<S> | undefined)?.get(labels[name] as string)
    return node as S | undefined
  }

  /**
   * Returns the series with these labels; undefined if there is none.
   * @throws as `find`
   */
  existing(labels: Readonly<Record<string, unknown>>): S | undefined {
    return this.#inAnyOrder(labels) ?? this.#get(this.#checked(labels))
  }

  /** Puts a series in the place of another one with the same label values. */
  replace(values: readonly string[], series: S): void {
    this.#branchOf(values)?.set(values.at(-1) as string, series)
  }

  /** Removes the series with these label values, which must exist. Its values no longer take a place. */
  delete(values: readonly string[]): void {
    const branches: Branch<S>[] = [this.#root]
    for (const value of values.slice(0, -1)) branches.push(branches.at(-1)?.get(value) as Branch<S>)
    for (let i = values.length - 1; i >= 0; i--) {
      const branch = branches[i] as Branch<S>
      branch.delete(values[i] as string)
      if (branch.size > 0) break
    }
    this.#count(values, -1)
  }

  #findNew(values: readonly string[]): S {
    const known = this.#get(values) // a malformed value can be known in its well-formed text
    if (known !== undefined) return known
    const fresh = values.map((value, i) => this.#isNew(i, value))
    if (fresh.some((isNew, i) => isNew && this.#isFull(i))) this.#callbacks.beforeOverflow()
    if (fresh.some((isNew, i) => isNew && !this.#isFull(i))) this.#callbacks.beforeNewValue()
    const limited = this.#limited(values)
    return this.#get(limited) ?? this.#add(limited)
  }

  #wrongNames(labels: Readonly<Record<string, unknown>> | undefined): Error {
    const given = Object.keys(labels ?? {}).join(', ') || 'none'
    return new TypeError(`${this.#metric}: labels must be ${this.#names.join(', ')}, got ${given}`)
  }

  /** The label values in declared order. */
  #checked(labels: Readonly<Record<string, unknown>>): string[] {
    return this.#labels.map((label) => {
      const value = toLabelValue(this.#metric, label.name, labels[label.name])
      if ('values' in label && !label.values.has(value)) {
        const listed = [...label.values].map((one) => JSON.stringify(one)).join(', ')
        throw new RangeError(
          `${this.#metric}: label ${label.name} must be one of ${listed}, got ${JSON.stringify(value)}`,
        )
      }
      return value
    })
  }

  /** Replaces each value by `other` if it is new and its open label has reached its maximum. */
  #limited(values: readonly string[]): readonly string[] {
    const isReplaced = values.map((value, i) => this.#isNew(i, value) && this.#isFull(i))
    if (!isReplaced.includes(true)) return values
    this.#callbacks.onOverflow()
    return values.map((value, i) => (isReplaced[i] ? overflowValue : value))
  }

  /** True if the label is open and the value would be a further distinct value. */
  #isNew(i: number, value: string): boolean {
    const label = this.#labels[i]
    if (label === undefined || 'values' in label || value === overflowValue) return false
    return i === 0 ? !this.#root.has(value) : !this.#uses[i]?.has(value)
  }

  #isFull(i: number): boolean {
    const label = this.#labels[i]
    return label !== undefined && 'max' in label && this.#distinct(i) >= label.max
  }

  /** Number of distinct values of the label, without `other`. */
  #distinct(i: number): number {
    if (i === 0) return this.#root.size - (this.#root.has(overflowValue) ? 1 : 0)
    return this.#uses[i]?.size ?? 0
  }

  #count(values: readonly string[], step: 1 | -1): void {
    for (let i = 1; i < values.length; i++) {
      const value = values[i] as string
      const label = this.#labels[i] as DeclaredLabel
      const uses = this.#uses[i] as Map<string, number>
      if ('values' in label || value === overflowValue) continue
      const count = (uses.get(value) ?? 0) + step
      if (count === 0) uses.delete(value)
      else uses.set(value, count)
    }
  }

  #branchOf(values: readonly string[]): Branch<S> | undefined {
    let branch: Branch<S> | undefined = this.#root
    for (let i = 0; i < values.length - 1; i++) {
      branch = branch?.get(values[i] as string) as Branch<S> | undefined
    }
    return branch
  }

  #get(values: readonly string[]): S | undefined {
    return this.#branchOf(values)?.get(values.at(-1) as string) as S | undefined
  }

  #add(values: readonly string[]): S {
    const series = this.#callbacks.add(values)
    let branch = this.#root
    for (const value of values.slice(0, -1)) {
      const next = (branch.get(value) as Branch<S> | undefined) ?? new Map()
      branch.set(value, next)
      branch = next
    }
    branch.set(values.at(-1) as string, series)
    this.#count(values, 1)
    return series
  }
}
