/** Checks an options object where a caller passes it, so that a misspelt or mistyped option is an error and no silent default. */

/** The valid values of one option. */
export interface OptionRule {
  /** Completes "must be ..." in the error message. */
  readonly expected: string
  readonly isValid: (value: unknown) => boolean
}

/** A rule for each option of `Options`; the compiler demands that none is missing. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule }

/**
 * Accepts an absent options object. An option whose value is `undefined` counts as absent.
 *
 * @param subject begins the error message, for example `createCache`.
 * @throws {TypeError} when `options` is no object, an option does not exist, or its value has the wrong type. The message names
 *   the option, and the nearest valid name of one that does not exist.
 */
export function validateOptions<Options>(
  subject: string,
  options: Options | undefined,
  rules: OptionRules<Options>,
): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${subject}: options must be an object, got ${described(options)}`)
  }
  for (const name in options) {
    const value: unknown = options[name]
    if (value === undefined) continue
    const rule: OptionRule | undefined = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw unknownOption(subject, name, Object.keys(rules))
    if (!rule.isValid(value)) {
      throw new TypeError(`${subject}: ${name} must be ${rule.expected}, got ${described(value)}`)
    }
  }
}

/** @throws {TypeError} naming the first of these options that is missing. */
export function requireOptions<Options>(
  subject: string,
  options: Options | undefined,
  rules: OptionRules<Options>,
  names: readonly (keyof Options & string)[],
): void {
  const missing = names.find((name) => options?.[name] === undefined)
  if (missing === undefined) return
  throw new TypeError(`${subject}: ${missing} must be ${rules[missing].expected}, got undefined`)
}

export const aString: OptionRule = {
  expected: 'a string',
  isValid: (value) => typeof value === 'string',
}
export const aNumber: OptionRule = {
  expected: 'a number',
  isValid: (value) => typeof value === 'number', // NaN too: each use decides what it means
}
export const aBoolean: OptionRule = {
  expected: 'a boolean',
  isValid: (value) => typeof value === 'boolean',
}
export const aFunction: OptionRule = {
  expected: 'a function',
  isValid: (value) => typeof value === 'function',
}
export const anObject: OptionRule = {
  expected: 'an object',
  isValid: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}
export const anArray: OptionRule = { expected: 'an array', isValid: Array.isArray }
export const anything: OptionRule = { expected: 'anything', isValid: () => true }

export const aListOfStrings: OptionRule = {
  expected: 'an array of strings',
  isValid: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
}

export function oneOf(...values: readonly string[]): OptionRule {
  return {
    expected: values.map((value) => `"${value}"`).join(' or '),
    isValid: (value) => values.some((valid) => valid === value),
  }
}

/** An object, or a function with members, that has these methods. */
export function withMethods(expected: string, ...methods: readonly string[]): OptionRule {
  return {
    expected,
    isValid: (value) =>
      (typeof value === 'object' || typeof value === 'function') &&
      value !== null &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'), // it is an object, as tested
  }
}

function unknownOption(subject: string, name: string, valid: readonly string[]): TypeError {
  const nearest = nearestTo(name, valid)
  const hint =
    nearest === undefined ? `; the options are ${valid.join(', ')}` : `; did you mean "${nearest}"?`
  return new TypeError(`${subject}: unknown option "${name}"${hint}`)
}

/** The most similar name, if at most half of the longer one would have to change. */
function nearestTo(name: string, valid: readonly string[]): string | undefined {
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of valid) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    const allowed = Math.max(name.length, candidate.length) / 2
    if (distance > allowed || distance >= least) continue
    least = distance
    nearest = candidate
  }
  return nearest
}

/** Levenshtein distance: insertions, deletions and substitutions of single characters. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** A value as an error message shows it: short, and never the content of an object. */
export function described(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'symbol' ? 'a symbol' : String(value)
}
