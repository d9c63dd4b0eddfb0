/** Checks the options that a caller passes, so that a misspelt name or a wrong type is an error and not a silent default. */

/** The valid values of one option. */
export interface OptionRule {
  /** The words after "must be" in the error message. */
  readonly expected: string
  readonly isValid: (value: unknown) => boolean
}

/** A rule for each option of `Options`; the compiler demands that none is missing. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule }

/**
 * Checks an options object, which may be absent. An option whose value is `undefined` counts as absent.
 *
 * @param subject first words of the error message, for example `createCache`.
 * @throws {TypeError} when `options` is no object, an option does not exist, or its value has the wrong type. The message names
 *   the option. For an option that does not exist, it also suggests the nearest valid name.
 */
export function validateOptions<Options>(
  subject: string,
  options: Options | undefined,
  rules: OptionRules<Options>,
): void {
  if (options === undefined) return
  if (!anObject.isValid(options)) throw invalid(`${subject}: options`, anObject.expected, options) // no text for valid options
  for (const name in options) {
    const value: unknown = options[name]
    if (value === undefined) continue
    if (!Object.hasOwn(rules, name)) throw unknownOption(subject, name, Object.keys(rules))
    const rule = rules[name as keyof Options]
    if (!rule.isValid(value)) throw invalid(`${subject}: ${name}`, rule.expected, value) // no message for a valid value
  }
}

/** @throws {TypeError} naming the first of these options that is missing. */
export function requireOptions<Options>(
  subject: string,
  options: Options | undefined,
  rules: OptionRules<Options>,
  names: readonly (keyof Options & string)[],
): void {
  for (const name of names) requireValid(`${subject}: ${name}`, options?.[name], rules[name])
}

/** @throws {TypeError} when the value is not as the rule expects. `subject` names the value, for example `createCache: memory`. */
export function requireValid(subject: string, value: unknown, { expected, isValid }: OptionRule): void {
  if (!isValid(value)) throw invalid(subject, expected, value)
}

/** Returns the error for a value that is not as expected. `subject` names the value, for example `createCache: memory`. */
export function invalid(subject: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${subject} must be ${expected}, got ${described(value)}`)
}

export const aString = ofType('string')
export const aNumber = ofType('number') // NaN passes too, so each use checks its range
export const aBoolean = ofType('boolean')
export const aFunction = ofType('function')
export const milliseconds: OptionRule = { ...aNumber, expected: 'a number of milliseconds' }
export const anObject: OptionRule = {
  expected: 'an object',
  isValid: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}
export const anArray: OptionRule = { expected: 'an array', isValid: Array.isArray }
export const anything: OptionRule = { expected: 'anything', isValid: () => true }

export const falseOrFunction: OptionRule = {
  expected: 'false or a function',
  isValid: (value) => value === false || aFunction.isValid(value),
}

export const aListOfStrings: OptionRule = {
  expected: 'an array of strings',
  isValid: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
}

function ofType(type: string): OptionRule {
  return { expected: `a ${type}`, isValid: (value) => typeof value === type }
}

export function oneOf(...values: readonly string[]): OptionRule {
  return {
    expected: values.map((value) => `"${value}"`).join(' or '),
    isValid: (value) => values.some((valid) => valid === value),
  }
}

/** Rule for a value that has all these methods. */
export function withMethods(expected: string, ...methods: readonly string[]): OptionRule {
  return {
    expected,
    isValid: (value) =>
      // `value` can be of any type.
      methods.every((method) => typeof (value as Record<string, unknown> | null)?.[method] === 'function'),
  }
}

function unknownOption(subject: string, name: string, valid: readonly string[]): TypeError {
  const [nearest] = valid
    .filter((candidate) => similarity(name, candidate) >= 0.4)
    .sort((a, b) => similarity(name, b) - similarity(name, a))
  const hint =
    nearest === undefined ? `; the options are ${valid.join(', ')}` : `; did you mean "${nearest}"?`
  return new TypeError(`${subject}: unknown option "${name}"${hint}`)
}

/**
 * Returns the similarity of two names, from 0 to 1: the share of pairs of adjacent letters that both have (Sørensen-Dice
 * coefficient).
 */
function similarity(a: string, b: string): number {
  const pairs = pairsOf(b)
  const common = pairsOf(a).filter((pair) => pairs.includes(pair))
  return (2 * common.length) / (a.length + b.length - 2)
}

function pairsOf(name: string): string[] {
  const letters = [...name.toLowerCase()]
  return letters.slice(1).map((letter, i) => `${letters[i]}${letter}`)
}

/** Describes a value for an error message: in few characters, and without the content of an object. */
export function described(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value)
}
