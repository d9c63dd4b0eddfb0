/** The declaration of a metric: checked, complete, and the same JSON in every thread that declares the same metric. */
import {
  aFunction,
  aNumber,
  anArray,
  anObject,
  aString,
  type OptionRule,
  requireOptions,
  validateOptions,
} from '../../options.ts'
import type { MergeRule } from './family.ts'
import { type DeclaredLabel, declareLabels, type LabelSpecs } from './labels.ts'

/** Combination of one gauge's values in several threads. */
export type Combination = 'sum' | 'max' | 'latest'

/**
 * The declaration of a metric, compared between threads as JSON. A thread needs nothing else to show a metric that only
 * another thread has declared.
 */
export type Declaration = {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'info'
  readonly name: string
  readonly help: string
  readonly unit?: string
  /** For each label, its values (closed label) or their maximum number (open label). */
  readonly labels: readonly (readonly [name: string, values: readonly string[] | number])[]
  readonly threads?: Combination
  /** Only if it differs from `threads`, which is `sum` for a gauge without it. */
  readonly merge?: MergeRule
  readonly buckets?: readonly number[]
  readonly scale?: number
  readonly schema?: number
}

/** The options of every metric. */
export type CommonOptions = {
  readonly name: string
  readonly help: string
  readonly unit?: string | undefined
  readonly labels?: LabelSpecs | undefined
}

type Rules = Readonly<Record<string, OptionRule>>

const nativeRule: OptionRule = {
  expected: 'a boolean or an object',
  isValid: (value) => typeof value === 'boolean' || anObject.isValid(value),
}
const common: Rules = { name: aString, help: aString, labels: anObject }
const computed: Rules = { value: aFunction, values: aFunction }
const rules: Readonly<Record<Declaration['type'], Rules>> = {
  counter: { ...common, unit: aString, ...computed, scale: aNumber },
  gauge: { ...common, unit: aString, ...computed, threads: aString, merge: aString },
  histogram: { ...common, unit: aString, buckets: anArray, native: nativeRule, scale: aNumber },
  info: common,
}

/**
 * @throws {TypeError} when an option is unknown or has the wrong type, or a required one is missing: `name`, `help`,
 * and for an info `labels`
 */
export function checkMetricOptions(type: Declaration['type'], options: object): void {
  const name: unknown = (options as { name?: unknown } | null)?.name
  const subject = typeof name === 'string' ? `${type} ${name}` : type
  // The cast is safe: every object can be read as a record.
  const given: Readonly<Record<string, unknown>> = options as Readonly<Record<string, unknown>>
  validateOptions(subject, given, rules[type])
  requireOptions(subject, given, rules[type], type === 'info' ? ['name', 'help', 'labels'] : ['name', 'help'])
}

/**
 * Checks the options that all metrics have, and completes them.
 * @throws when the name does not match the grammar, is reserved or does not end in the unit, or `declareLabels` rejects
 * a label
 */
export function declarationOf<T extends Declaration['type']>(
  type: T,
  { name, help, unit, labels }: CommonOptions,
  rest: Pick<Declaration, 'threads' | 'merge' | 'buckets' | 'scale' | 'schema'> = {},
): Declaration & { readonly type: T } {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    throw new Error(`metric name ${JSON.stringify(name)} must match [a-zA-Z_:][a-zA-Z0-9_:]*`)
  }
  if (name.startsWith('__')) throw new Error(`${name}: names that begin with __ are reserved`)
  if (type === 'counter' && name === '_total') throw new Error(`${name}: a name is required before _total`)
  if (type === 'info' && !/._info$/.test(name)) {
    throw new Error(`${name}: the name of an info must end in _info`)
  }
  if (unit !== undefined) checkUnit(type, name, unit)
  const declared = labels === undefined ? [] : declareLabels(name, labels, type === 'histogram' ? ['le'] : [])
  return {
    type,
    name,
    help: help.toWellFormed(),
    ...(unit === undefined ? {} : { unit }),
    labels: declared.map((label) => [label.name, 'max' in label ? label.max : [...label.values]] as const),
    ...rest,
  }
}

/** Throws unless the unit is the last part of the family's name, as OpenMetrics 1.0 requires. */
function checkUnit(type: Declaration['type'], name: string, unit: string): void {
  const family = type === 'counter' ? name.replace(/_total$/, '') : name
  if (unit === '' || !family.endsWith(`_${unit}`)) {
    throw new Error(`${name}: unit must be the last part of the name, got ${JSON.stringify(unit)}`)
  }
}

/** The labels in the form that `SeriesIndex` takes. */
export function labelsOf({ labels }: Declaration): DeclaredLabel[] {
  return labels.map(([name, values]) =>
    typeof values === 'number' ? { name, max: values } : { name, values: new Set(values) },
  )
}

/** Every name that the metric occupies: its own, and those that an exposition format derives from it. */
export function namesOf({ type, name }: Pick<Declaration, 'type' | 'name'>): readonly string[] {
  const suffixed = (base: string, ...suffixes: string[]) => suffixes.map((suffix) => base + suffix)
  switch (type) {
    case 'gauge':
      return [name]
    case 'histogram':
      return suffixed(name, '', '_bucket', '_sum', '_count', '_created')
    case 'info':
      return [name, name.replace(/_info$/, '')]
    case 'counter': {
      const base = name.replace(/_total$/, '')
      return [...new Set([name, ...suffixed(base, '', '_total', '_created')])]
    }
  }
}
