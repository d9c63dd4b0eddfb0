/** What a metric is declared to be: checked, complete, and the same text in every thread that declares the same. */
import { type DeclaredLabel, declareLabels, type LabelSpecs } from './labels.ts'

/** How the values that a gauge has in several threads become one. */
export type Combination = 'sum' | 'max' | 'latest'

/** A declaration that threads can compare, and from which a thread that has not made it can show the metric. */
export type Declaration = {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'info'
  readonly name: string
  readonly help: string
  readonly unit?: string
  /** For each label the values it can have, or how many. */
  readonly labels: readonly (readonly [name: string, values: readonly string[] | number])[]
  readonly threads?: Combination
  readonly buckets?: readonly number[]
  readonly scale?: number
  readonly schema?: number
}

/** What a caller says of every metric. */
export type CommonOptions = {
  readonly name: string
  readonly help: string
  readonly unit?: string | undefined
  readonly labels?: LabelSpecs | undefined
}

const common = ['name', 'help', 'labels'] as const
const options: Readonly<Record<Declaration['type'], readonly string[]>> = {
  counter: [...common, 'unit', 'value', 'values'],
  gauge: [...common, 'unit', 'value', 'values', 'threads'],
  histogram: [...common, 'unit', 'buckets', 'native', 'scale'],
  info: common,
}

/** What is ignored would be missed later, and far from here. @throws when an option is none of this type's */
export function checkOptions(type: Declaration['type'], given: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined || options[type].includes(option)) continue
    const article = type === 'info' ? 'an' : 'a'
    const known = options[type].join(', ')
    throw new TypeError(
      `${String(given.name)}: ${option} is no option of ${article} ${type}: it has ${known}`,
    )
  }
}

/** @throws when a name is none, reserved or not the unit's, help is no string, or a label is not as `declareLabels` says */
export function declarationOf<T extends Declaration['type']>(
  type: T,
  { name, help, unit, labels }: CommonOptions,
  rest: Pick<Declaration, 'threads' | 'buckets' | 'scale' | 'schema'> = {},
): Declaration & { readonly type: T } {
  if (typeof name !== 'string' || !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    throw new Error(`${JSON.stringify(name)} is not a metric name ([a-zA-Z_:][a-zA-Z0-9_:]*)`)
  }
  if (name.startsWith('__')) throw new Error(`${name}: names that begin with __ are reserved`)
  if (type === 'counter' && name === '_total') throw new Error(`${name}: there is nothing before its _total`)
  if (typeof help !== 'string') throw new TypeError(`${name}: help must be a string`)
  if (type === 'info' && !/._info$/.test(name)) throw new Error(`${name}: an info's name ends in _info`)
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

/** OpenMetrics 1.0: a unit is the last part of the family's name. */
function checkUnit(type: Declaration['type'], name: string, unit: string): void {
  const family = type === 'counter' ? name.replace(/_total$/, '') : name
  if (typeof unit !== 'string' || unit === '' || !family.endsWith(`_${unit}`)) {
    throw new Error(`${name}: its unit must be the last part of its name, and ${JSON.stringify(unit)} is not`)
  }
}

/** The labels as `SeriesIndex` takes them. */
export function labelsOf({ labels }: Declaration): DeclaredLabel[] {
  return labels.map(([name, values]) =>
    typeof values === 'number' ? { name, max: values } : { name, values: new Set(values) },
  )
}

/** Every name that the family takes: its own, and those that one of the formats makes of it. */
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
