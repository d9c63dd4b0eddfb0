/** Checks of options objects, for callers without TypeScript: unknown names and wrong types are errors. */

/** A type as messages name it. */
export type TypeName = 'string' | 'number' | 'boolean' | 'function' | 'object' | 'array'

/** For each option the types that it accepts. */
export type KnownOptions = Readonly<Record<string, readonly TypeName[]>>

/**
 * Checks an options object; an option that is `undefined` counts as absent.
 * @param subject names the culprit in messages, such as `counter requests_total`
 * @param required names of options that must be present
 * @throws {TypeError} when it is not an object, an option is unknown or has another type, or a required one is absent
 */
export function checkOptions(
  subject: string,
  options: unknown,
  known: KnownOptions,
  required: readonly string[] = [],
): void {
  if (typeOf(options) !== 'object') {
    throw new TypeError(`${subject}: options must be an object, got ${typeOf(options)}`)
  }
  const given: Readonly<Record<string, unknown>> = { ...(options as object) }
  for (const name of new Set([...Object.keys(given), ...required])) {
    const value = given[name]
    if (value === undefined && !required.includes(name)) continue
    const types = Object.hasOwn(known, name) ? known[name] : undefined
    if (types === undefined) throw unknownOption(subject, name, Object.keys(known))
    if (types.some((type) => type === typeOf(value))) continue
    const expected = types.map((type) => `${/^[ao]/.test(type) ? 'an' : 'a'} ${type}`).join(' or ')
    throw new TypeError(`${subject}: ${name} must be ${expected}, got ${typeOf(value)}`)
  }
}

/** `typeof`, except that null and arrays have names of their own. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function unknownOption(subject: string, name: string, known: readonly string[]): Error {
  const [nearest = '', distance = 0] = known
    .map((one) => [one, editDistance(name.toLowerCase(), one.toLowerCase())] as const)
    .reduce((best, one) => (one[1] < best[1] ? one : best), ['', Number.POSITIVE_INFINITY])
  // A name that shares less than half of its letters is a different word, not a spelling mistake.
  const isClose = distance <= Math.max(name.length, nearest.length) / 2
  const advice = isClose ? `did you mean "${nearest}"?` : `the options are ${known.join(', ')}`
  return new TypeError(`${subject}: unknown option "${name}"; ${advice}`)
}

/** Levenshtein distance: insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
