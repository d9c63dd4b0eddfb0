/** Label sets: how a family declares them, and how a series is found by its values without joining them. */

/**
 * The labels of a family: for each name the values it can have, or how many distinct ones it may have.
 * `{ max: n }` is an open label: any string, until n distinct ones have been seen; every further one is counted under
 * the value `other` (a real value `other` shares that series, and takes none of the n places).
 */
export type LabelSpecs = Readonly<Record<string, readonly string[] | { readonly max: number }>>

/** The label values that pick one series: closed labels take their declared values, open ones any string. */
export type Labels<L extends LabelSpecs> = {
  readonly [Name in keyof L]: L[Name] extends readonly (infer Value extends string)[] ? Value : string
}

/** What an open label's values become once its `max` is reached. */
export const overflowValue = 'other'

/** A label as declared, checked and copied. */
export type DeclaredLabel =
  | { readonly name: string; readonly values: ReadonlySet<string> }
  | { readonly name: string; readonly max: number }

/**
 * Checks a family's label declaration.
 * @param forbidden names that the metric type needs for itself
 * @throws when a name is outside `[a-zA-Z_][a-zA-Z0-9_]*`, reserved (`__`) or forbidden, when a closed label has no
 * values, one twice or one that is no string, and when a maximum is not a whole number from 1; when there is no label
 */
export function declareLabels(
  metric: string,
  specs: LabelSpecs,
  forbidden: readonly string[] = [],
): DeclaredLabel[] {
  checkLabels(metric, specs)
  const labels = Object.entries(specs).map(([name, spec]) => {
    checkLabelName(metric, name, forbidden)
    if (typeof spec !== 'object' || spec === null) {
      throw new TypeError(`${metric}: label ${name} takes the list of its values, or { max }`)
    }
    return 'max' in spec ? openLabel(metric, name, spec.max) : closedLabel(metric, name, spec)
  })
  if (labels.length === 0)
    throw new Error(`${metric}: labels is empty; leave it out for a metric without labels`)
  return labels
}

/** @throws when it is no object, as where only the labels' names are listed */
export function checkLabels(metric: string, labels: unknown): void {
  if (typeof labels === 'object' && labels !== null && !Array.isArray(labels)) return
  throw new TypeError(`${metric}: labels gives for each label's name the list of its values, or { max }`)
}

function checkLabelName(metric: string, name: string, forbidden: readonly string[]): void {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
    throw new Error(`${metric}: ${JSON.stringify(name)} is not a label name ([a-zA-Z_][a-zA-Z0-9_]*)`)
  }
  if (name.startsWith('__'))
    throw new Error(`${metric}: label ${name}: names that begin with __ are reserved`)
  if (forbidden.includes(name)) throw new Error(`${metric}: label ${name} is kept for the metric's own use`)
}

function openLabel(metric: string, name: string, max: number): DeclaredLabel {
  if (!Number.isSafeInteger(max) || max < 1) {
    throw new RangeError(`${metric}: label ${name}: max must be a whole number from 1, not ${max}`)
  }
  return { name, max }
}

function closedLabel(metric: string, name: string, listed: readonly string[]): DeclaredLabel {
  const values = new Set<string>()
  for (const value of listed) {
    const wellFormed = wellFormedString(metric, name, value)
    if (values.has(wellFormed))
      throw new Error(`${metric}: label ${name} lists ${JSON.stringify(value)} twice`)
    values.add(wellFormed)
  }
  if (values.size === 0) throw new Error(`${metric}: label ${name} lists no value`)
  return { name, values }
}

// Malformed UTF-16 is counted as what it becomes in UTF-8: two series must not meet when they are written down.
function wellFormedString(metric: string, name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError(
      `${metric}: label ${name} must be a string, not ${value === null ? 'null' : typeof value}`,
    )
  }
  return value.toWellFormed()
}

type Branch<S> = Map<string, Branch<S> | S>

/** The series of one family, found by label values through nested Maps, each made when it is first asked for. */
export class SeriesIndex<S> {
  readonly #metric: string
  readonly #labels: readonly DeclaredLabel[]
  readonly #add: (values: readonly string[]) => S
  readonly #beforeNewValue: () => void
  readonly #onOverflow: () => void
  readonly #names: readonly string[]
  readonly #root: Branch<S> = new Map()
  readonly #seen: readonly Set<string>[]

  /**
   * @param labels at least one
   * @param add makes the series for these label values, in declared order
   * @param beforeNewValue called before a value is taken for a new one: time to `meet` what others have. Not for values above
   * the maximum: they may come in any number, and have to be cheap
   * @param onOverflow told each time a lookup is answered with an overflow series
   */
  constructor(
    metric: string,
    labels: readonly DeclaredLabel[],
    add: (values: readonly string[]) => S,
    beforeNewValue: () => void,
    onOverflow: () => void,
  ) {
    this.#metric = metric
    this.#labels = labels
    this.#names = labels.map(({ name }) => name)
    this.#add = add
    this.#beforeNewValue = beforeNewValue
    this.#onOverflow = onOverflow
    this.#seen = labels.map(() => new Set())
  }

  /** Makes every series there can be. For labels that are all closed. */
  addAll(): void {
    let combinations: string[][] = [[]]
    for (const label of this.#labels) {
      const values = 'values' in label ? [...label.values] : []
      combinations = combinations.flatMap((head) => values.map((value) => [...head, value]))
    }
    for (const values of combinations) this.#findOrAdd(values)
  }

  /** A series that was made elsewhere: its values are counted among those that were seen. */
  adopt(values: readonly string[]): S {
    for (const [i, value] of values.entries()) if (value !== overflowValue) this.#seen[i]?.add(value)
    return this.#findOrAdd(values)
  }

  /** @throws when a label is missing, unknown, not a string, or outside its closed set; then nothing was made */
  find(labels: Readonly<Record<string, unknown>>): S {
    // As nearly all callers give them, in declared order: one pass checks the names, counts them and reads the values.
    const names = this.#names
    let at = 0
    let node: Branch<S> | S | undefined = this.#root
    for (const name in labels) {
      if (name !== names[at++] || node === undefined) return this.#findInAnyOrder(labels)
      // One level of Maps for each label: depth tells a branch from a series. What is no string is no key.
      node = (node as Branch<S>).get(labels[name] as string)
    }
    return at === names.length && node !== undefined ? (node as S) : this.#findInAnyOrder(labels)
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
    if (values.some((value, i) => this.#isNew(i, value) && !this.#isFull(i))) this.#beforeNewValue()
    return this.#findOrAdd(this.#admitted(values))
  }

  #wrongNames(labels: Readonly<Record<string, unknown>> | undefined): Error {
    const names = this.#labels.map(({ name }) => name).join(', ')
    return new TypeError(
      `${this.#metric}: its labels are ${names}, not ${Object.keys(labels ?? {}).join(', ') || 'none'}`,
    )
  }

  #checked(labels: Readonly<Record<string, unknown>>): string[] {
    return this.#labels.map((label) => {
      const value = wellFormedString(this.#metric, label.name, labels[label.name])
      if ('values' in label && !label.values.has(value)) {
        const listed = [...label.values].map((one) => JSON.stringify(one)).join(', ')
        throw new RangeError(
          `${this.#metric}: label ${label.name} is one of ${listed}, not ${JSON.stringify(value)}`,
        )
      }
      return value
    })
  }

  /** The values as they are counted: an open label that is full gives `other`, else the value takes its place. */
  #admitted(asked: readonly string[]): string[] {
    const values = asked.map((value, i) => (this.#takesPlace(i, value) ? value : overflowValue))
    if (values.some((value, i) => value !== asked[i])) this.#onOverflow()
    return values
  }

  #takesPlace(i: number, value: string): boolean {
    if (!this.#isNew(i, value)) return true
    if (this.#isFull(i)) return false
    this.#seen[i]?.add(value)
    return true
  }

  /** Would this be one more value of an open label? */
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
    const series = (branch.get(last) as S | undefined) ?? this.#add(values)
    branch.set(last, series)
    return series
  }
}

/** Label pairs as every text format writes them, without braces: `outcome="hit",route="/"`. */
export function writeLabels(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escapeLabelValue(values[i] ?? '')}"`).join(',')
}

function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
