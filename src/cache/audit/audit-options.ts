/** The options of audits, and their validation. */
import {
  aFunction,
  aNumber,
  milliseconds,
  type OptionRules,
  requireOptions,
  validateOptions,
} from '../../options.ts'

/**
 * Compares a stored value with one that was loaded for the comparison only. Returns true if they count as equal.
 *
 * @param key the key of the value, for a log: events carry none.
 */
export type Compare<T = unknown> = (stored: T, loaded: T, key: string) => boolean

export interface AuditOptions {
  /** Share of the hits that are audited, from 0 to 1. */
  share: number
  /**
   * Compares the values of data. A read can set its own, or `false`. Default: equal if they have equal members, or if the codec of
   * the read encodes them to equal bytes.
   */
  compare?: Compare
  /** Largest number of audits that start within a second. Further hits are not audited. Default: 10. */
  maxPerSecond?: number
  /** Largest number of audits that run at the same time. Default: 2. */
  maxConcurrent?: number
  /**
   * Time in ms from the end of the load until a difference counts. If the value is invalidated, written or replaced in this time,
   * nothing is counted: the source had changed, and its invalidation was on the way. Default: 100.
   */
  graceMs?: number
}

export type ResolvedAudit = Required<Omit<AuditOptions, 'compare'>> & Pick<AuditOptions, 'compare'>

const RULES: OptionRules<AuditOptions> = {
  share: aNumber,
  compare: aFunction,
  maxPerSecond: aNumber,
  maxConcurrent: aNumber,
  graceMs: milliseconds,
}

/**
 * Returns the options with their defaults; `undefined` if no hit is audited.
 *
 * @param name name of the cache, for errors.
 * @throws {TypeError} for an unknown option or a wrong type; {RangeError} for a number that is out of range.
 */
export function resolveAudit(
  name: string,
  given: number | AuditOptions | undefined,
): ResolvedAudit | undefined {
  if (given === undefined) return undefined
  const options: AuditOptions = typeof given === 'number' ? { share: given } : given
  validateOptions('createCache: audit', options, RULES)
  requireOptions('createCache: audit', options, RULES, ['share'])
  const { share, compare, maxPerSecond = 10, maxConcurrent = 2, graceMs = 100 } = options
  function require(isValid: boolean, option: string, expected: string, value: unknown): void {
    if (!isValid) throw new RangeError(`cache ${name}: ${option} must be ${expected}, got ${value}`)
  }
  require(share >= 0 && share <= 1, typeof given === 'number' ? 'audit' : 'audit.share', 'from 0 to 1', share)
  require(maxPerSecond > 0, 'audit.maxPerSecond', 'a positive number', maxPerSecond)
  require(maxConcurrent > 0, 'audit.maxConcurrent', 'a positive number', maxConcurrent)
  require(graceMs >= 0 && graceMs < Infinity, 'audit.graceMs', 'finite and not negative', graceMs)
  return share === 0
    ? undefined
    : { share, maxPerSecond, maxConcurrent, graceMs, ...(compare && { compare }) }
}
