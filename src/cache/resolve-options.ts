/** Options over their defaults: those of a load over those of its read, and those of a read over those of its cache. */
import { milliseconds, type OptionRule } from '../options.ts'

/** Two ages of a value, in ms: it is fresh until the first, and may be served stale during a refresh until the second. */
export type FreshAndStaleMs = readonly [freshMs: number, staleMs: number]

interface LifetimeOptions {
  ttlMs?: number | FreshAndStaleMs
  nullTtlMs?: number
  staleWhileRevalidateMs?: number
}

/** Options whose `ttlMs` is a number: a pair has been split into `ttlMs` and `staleWhileRevalidateMs`. */
export type Resolved<Options extends LifetimeOptions> = Omit<Options, 'ttlMs'> & { ttlMs?: number }

/** `resolveOptions` checks the two numbers of a pair. */
export const aLifetime: OptionRule = {
  expected: milliseconds.expected,
  isValid: (ttlMs) => milliseconds.isValid(ttlMs) || Array.isArray(ttlMs),
}

/**
 * Returns the options, with a default in place of each one that is not set. A `ttlMs` also replaces the `nullTtlMs` of the
 * defaults: it is the lifetime of `null` too. The result may be one of the arguments, so it must not be changed.
 *
 * @param subject first words of the error message.
 * @throws {TypeError} when a pair as `ttlMs` is not valid, or is set beside `staleWhileRevalidateMs`.
 */
export function resolveOptions<Options extends LifetimeOptions>(
  subject: string,
  options: Options | undefined,
  defaults?: Partial<Resolved<Options>>,
): Resolved<Options> {
  const { ttlMs, staleWhileRevalidateMs }: LifetimeOptions = options ?? {}
  const isPair = typeof ttlMs === 'object' && ttlMs !== null
  if (options === undefined || (defaults === undefined && !isPair)) {
    return (options ?? defaults ?? {}) as Resolved<Options> // without a pair, `ttlMs` is a number
  }
  const resolved: Record<string, unknown> = { ...defaults }
  if (ttlMs !== undefined && resolved.nullTtlMs !== undefined) resolved.nullTtlMs = undefined
  for (const name in options) if (options[name] !== undefined) resolved[name] = options[name]
  if (isPair) {
    requireValidPair(subject, ttlMs, staleWhileRevalidateMs)
    resolved.ttlMs = ttlMs[0]
    resolved.staleWhileRevalidateMs = ttlMs[1] - ttlMs[0] || 0 // Infinity - Infinity is NaN
  }
  return resolved as Resolved<Options>
}

function requireValidPair(subject: string, pair: FreshAndStaleMs, staleWhileRevalidateMs: unknown): void {
  const [freshMs, staleMs] = pair
  if (pair.length !== 2 || !pair.every(milliseconds.isValid) || !(freshMs >= 0 && freshMs <= staleMs)) {
    throw new TypeError(`${subject}: ttlMs must be [fresh, stale] with 0 <= fresh <= stale, got [${pair}]`)
  }
  if (staleWhileRevalidateMs === undefined) return
  throw new TypeError(
    `${subject}: ttlMs as [fresh, stale] sets staleWhileRevalidateMs too, so set only one of them`,
  )
}

/** Returns the options that have a rule in `rules`; `undefined` if there are none. */
export function pickOptions(options: object, rules: object): object | undefined {
  const picked = Object.entries(options).filter(([name, value]) => value !== undefined && name in rules)
  return picked.length === 0 ? undefined : Object.fromEntries(picked)
}
