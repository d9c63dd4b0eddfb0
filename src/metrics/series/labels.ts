/**
 * Label declarations, and label values as the text formats write them.
 *
 * A closed label has a list of values. An open label has a maximum number of distinct values: it accepts any string
 * until that number is reached, and then replaces every new value by `other`.
 */
import { described } from '../../options.ts'

/**
 * The labels of a metric: for each name, the values of a closed label, or the maximum of an open label.
 * The value `other` of an open label is always accepted, shares the series of the replaced values, and is not one of
 * the `max` values.
 */
export type LabelSpecs = Readonly<Record<string, readonly string[] | { readonly max: number }>>

/** The label values that select one series: a declared value for a closed label, any string for an open label. */
export type Labels<L extends LabelSpecs> = {
  readonly [Name in keyof L]: L[Name] extends readonly (infer Value extends string)[] ? Value : string
}

/** Replaces each new value of an open label that has reached its `max`. */
export const overflowValue = 'other'

/** A label declaration, checked and copied: a closed label has `values`, an open label has `max`. */
export type DeclaredLabel =
  | { readonly name: string; readonly values: ReadonlySet<string> }
  | { readonly name: string; readonly max: number }

/**
 * Checks a metric's label declaration and copies it.
 * @param reserved names that the metric type uses itself
 * @throws when a name does not match `[a-zA-Z_][a-zA-Z0-9_]*`, begins with `__` or is reserved; when a closed label has
 * no values, a duplicate or a value that is not a string; when a maximum is not a whole number from 1; when there are no
 * labels
 */
export function declareLabels(
  metric: string,
  specs: LabelSpecs,
  reserved: readonly string[] = [],
): DeclaredLabel[] {
  const labels = Object.entries(specs).map(([name, spec]) => {
    checkLabelName(metric, name, reserved)
    if (typeof spec !== 'object' || spec === null) {
      throw new TypeError(
        `${metric}: label ${name} must be a list of values or { max }, got ${described(spec)}`,
      )
    }
    return 'max' in spec ? openLabel(metric, name, spec.max) : closedLabel(metric, name, spec)
  })
  if (labels.length === 0) {
    throw new Error(`${metric}: labels is empty; omit it for a metric without labels`)
  }
  return labels
}

function checkLabelName(metric: string, name: string, reserved: readonly string[]): void {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
    throw new Error(`${metric}: label name ${JSON.stringify(name)} must match [a-zA-Z_][a-zA-Z0-9_]*`)
  }
  if (name.startsWith('__')) {
    throw new Error(`${metric}: label ${name}: names that begin with __ are reserved`)
  }
  if (reserved.includes(name)) throw new Error(`${metric}: label ${name} is reserved for this type of metric`)
}

function openLabel(metric: string, name: string, max: number): DeclaredLabel {
  if (!Number.isSafeInteger(max) || max < 1) {
    throw new RangeError(`${metric}: label ${name}: max must be a whole number from 1, got ${max}`)
  }
  return { name, max }
}

function closedLabel(metric: string, name: string, listed: readonly string[]): DeclaredLabel {
  const values = new Set<string>()
  for (const value of listed) {
    const wellFormed = toLabelValue(metric, name, value)
    if (values.has(wellFormed)) {
      throw new Error(`${metric}: label ${name} lists ${JSON.stringify(value)} twice`)
    }
    values.add(wellFormed)
  }
  if (values.size === 0) throw new Error(`${metric}: label ${name} lists no value`)
  return { name, values }
}

/**
 * Returns the value with malformed UTF-16 replaced. Otherwise two series could have the same line, because encoding to
 * UTF-8 replaces it too.
 * @throws {TypeError} when the value is not a string
 */
export function toLabelValue(metric: string, name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${metric}: label ${name} must be a string, got ${described(value)}`)
  }
  return value.toWellFormed()
}

/** Every combination of the values of closed labels, in declared order. All labels must be closed. */
export function combinationsOf(labels: readonly DeclaredLabel[]): string[][] {
  let combinations: string[][] = [[]]
  for (const label of labels) {
    const values = 'values' in label ? [...label.values] : []
    combinations = combinations.flatMap((head) => values.map((value) => [...head, value]))
  }
  return combinations
}

/** Label pairs as both text formats write them, without braces: `outcome="hit",route="/"`. */
export function writeLabels(names: readonly string[], values: readonly string[]): string {
  const parts: string[] = []
  for (const [i, name] of names.entries()) {
    parts.push(i === 0 ? name : `,${name}`, '="', escapeLabelValue(values[i] ?? ''), '"')
  }
  // Joined, because engines store a concatenated string as a tree of its parts, which takes more memory.
  return parts.join('')
}

function escapeLabelValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/**
 * The beginning of a sample's line in both text formats, up to the value.
 * @param text result of `writeLabels`; empty if there are no labels
 */
export function sampleStart(name: string, text: string): string {
  // Joined for the same reason as in `writeLabels`.
  return text === '' ? `${name} ` : [name, '{', text, '} '].join('')
}

/** Label values of a text that `writeLabels` has written with the same names. */
export function readLabels(names: readonly string[], text: string): string[] {
  let start = 0
  return names.map((name) => {
    start += name.length + 2 // `name="`
    const end = endOfValue(text, start)
    const value = unescapeLabelValue(text.slice(start, end))
    start = end + 2 // `",`
    return value
  })
}

/** Index of the quote that ends the escaped value, which begins at `start`. */
function endOfValue(text: string, start: number): number {
  let quote = text.indexOf('"', start)
  let backslash = text.indexOf('\\', start)
  while (backslash >= 0 && backslash < quote) {
    if (backslash + 1 === quote) quote = text.indexOf('"', quote + 1)
    backslash = text.indexOf('\\', backslash + 2)
  }
  return quote
}

function unescapeLabelValue(value: string): string {
  if (!value.includes('\\')) return value
  return value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
