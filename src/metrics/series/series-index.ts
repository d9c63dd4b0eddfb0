/** Finds a series of one metric by its label values, without joining them into a key. */
import { type DeclaredLabel, overflowValue, toLabelValue } from './labels.ts'

/** One level of Maps for each label; the last level holds the series. */
type Branch<S> = Map<string, Branch<S> | S>

/** Functions that a `SeriesIndex` calls. */
export type SeriesIndexCallbacks<S> = {
  /** Adds the series with these label values, in declared order. */
  add(values: readonly string[]): S
  /**
   * Called before an open label accepts a new value, so that series of other threads can be adopted first. Not called
   * if the label has reached its maximum: any number of further values may come, and their lookup must stay cheap.
   */
  beforeNewValue(): void
  /** Called each time that a lookup replaces a value by `other`. */
  onOverflow(): void
}

export class SeriesIndex<S> {
  readonly #metric: string
  readonly #labels: readonly DeclaredLabel[]
  readonly #callbacks: SeriesIndexCallbacks<S>
  readonly #names: readonly string[]
  readonly #root: Branch<S> = new Map()
  /** The distinct values of each open label so far, without `other`. */
  readonly #seen: readonly Set<string>[]

  /** @param labels at least one */
  constructor(metric: string, labels: readonly DeclaredLabel[], callbacks: SeriesIndexCallbacks<S>) {
    this.#metric = metric
    this.#labels = labels
    this.#callbacks = callbacks
    this.#names = labels.map(({ name }) => name)
    this.#seen = labels.map(() => new Set())
  }

  /** Adds every possible series. All labels must be closed. */
  addAll(): void {
    let combinations: string[][] = [[]]
    for (const label of this.#labels) {
      const values = 'values' in label ? [...label.values] : []
      combinations = combinations.flatMap((head) => values.map((value) => [...head, value]))
    }
    for (const values of combinations) this.#findOrAdd(values)
  }

  /**
   * Returns the series that another thread has added with these values, and adds it here if it is missing. The values
   * are accepted even above the maximum of an open label.
   */
  adopt(values: readonly string[]): S {
    for (const [i, value] of values.entries()) if (value !== overflowValue) this.#seen[i]?.add(value)
    return this.#findOrAdd(values)
  }

  /**
   * @throws when a label is missing or unknown, or its value is not a string or not among the declared values; then no
   * series is added
   */
  find(labels: Readonly<Record<string, unknown>>): S {
    // Nearly all callers pass the labels in declared order, so one pass can check the names, count them and read the
    // values.
    const names = this.#names
    let i = 0
    let node: Branch<S> | S | undefined = this.#root
    for (const name in labels) {
      if (name !== names[i++] || node === undefined) return this.#findInAnyOrder(labels)
      // The casts are safe: the depth determines if a node is a Map or a series, and no Map has a key that is not a
      // string.
      node = (node as Branch<S>).get(labels[name] as string)
    }
    return i === names.length && node !== undefined ? (node as S) : this.#findInAnyOrder(labels)
  }

  #findInAnyOrder(labels: Readonly<Record<string, unknown>>): S {
    let given = 0
    for (const _ in labels) given++
    if (given !== this.#labels.length) throw this.#wrongNames(labels)

    let node: Branch<S> | S | undefined = this.#root
    for (const { name } of this.#labels) {
      node = (node as Branch<S>).get(labels[name] as string)
      if (node === undefined) return this.#findNew(this.#checked(labels))
    }
    return node as S
  }

  #findNew(values: readonly string[]): S {
    if (values.some((value, i) => this.#isNew(i, value) && !this.#isFull(i))) this.#callbacks.beforeNewValue()
    return this.#findOrAdd(this.#limited(values))
  }

  #wrongNames(labels: Readonly<Record<string, unknown>> | undefined): Error {
    const given = Object.keys(labels ?? {}).join(', ') || 'none'
    return new TypeError(`${this.#metric}: labels must be ${this.#names.join(', ')}, got ${given}`)
  }

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

  /**
   * Replaces each value by `other` if it is new and its open label has reached its maximum. Adds other new values to
   * the distinct values of their labels.
   */
  #limited(values: readonly string[]): string[] {
    const limited = values.map((value, i) => (this.#takesPlace(i, value) ? value : overflowValue))
    if (limited.some((value, i) => value !== values[i])) this.#callbacks.onOverflow()
    return limited
  }

  #takesPlace(i: number, value: string): boolean {
    if (!this.#isNew(i, value)) return true
    if (this.#isFull(i)) return false
    this.#seen[i]?.add(value)
    return true
  }

  /** True if the label is open and the value would be a further distinct value. */
  #isNew(i: number, value: string): boolean {
    const label = this.#labels[i]
    return label !== undefined && 'max' in label && value !== overflowValue && !this.#seen[i]?.has(value)
  }

  #isFull(i: number): boolean {
    const label = this.#labels[i]
    return label !== undefined && 'max' in label && (this.#seen[i]?.size ?? 0) >= label.max
  }

  #findOrAdd(values: readonly string[]): S {
    let branch = this.#root
    for (const value of values.slice(0, -1)) {
      const next = (branch.get(value) as Branch<S> | undefined) ?? new Map()
      branch.set(value, next)
      branch = next
    }
    const last = values[values.length - 1] as string
    const series = (branch.get(last) as S | undefined) ?? this.#callbacks.add(values)
    branch.set(last, series)
    return series
  }
}
