/** The option `targetedControl`: directives for this cache alone, for all responses, by status, or by a function of the response. */
import { described, invalid } from '../../options.ts'
import { type Directives, parseCacheControl, parseTargeted } from '../fields/cache-control.ts'

/** A response of the handler, for the function of the option `targetedControl`. */
export interface JudgedResponse {
  readonly status: number
  /** A copy of the response headers. */
  readonly headers: Headers
  /**
   * The freshness lifetime without this option, in seconds: from `max-age`, `s-maxage`, `Expires` or `Last-Modified`.
   * `undefined` if the response has none.
   */
  readonly maxAge: number | undefined
}

/**
 * Directives for the statuses in `cacheableStatusCodes`, directives by status or class of statuses (`{ 404: 'max-age=30' }`,
 * `{ '5xx': 'max-age=2' }`), or a function that returns the directives of a response. For a response without directives, the
 * function returns `undefined` (or 0, the result of `maxAge && ...`).
 */
export type TargetedControl =
  | string
  | Readonly<Record<string | number, string>>
  | ((response: JudgedResponse) => string | 0 | undefined)

/** Returns the option's directives for a response; `undefined` if it has none for that status. */
export type DirectivesFor = (
  status: number,
  headers: Headers,
  maxAge: () => number | undefined,
) => Directives | undefined

/**
 * Parses the option.
 *
 * @param statuses the statuses to which a string applies. An object and a function decide by themselves.
 * @throws {TypeError} naming the part of the option that cannot be used.
 */
export function targetedDirectives(option: TargetedControl, statuses: readonly number[]): DirectivesFor {
  if (typeof option === 'string') {
    const directives = parseTargetedControl(option)
    return (status) => (statuses.includes(status) ? directives : undefined)
  }
  if (typeof option === 'function') return (...response) => resultOf(option, ...response)
  const byStatus = new Map(
    Object.entries(option).map(([key, value]) => {
      if (!/^[2-5](\d\d|xx)$/.test(key)) {
        throw invalid(
          'cached: targetedControl: a key',
          'a status from 200 to 599, or a class such as 5xx',
          key,
        )
      }
      return [key, parseTargetedControl(value, `targetedControl[${described(key)}]`)]
    }),
  )
  return (status) => byStatus.get(String(status)) ?? byStatus.get(`${Math.trunc(status / 100)}xx`)
}

/** @throws the error of the function, wrapped; {TypeError} when it returns no directives. */
function resultOf(
  option: (response: JudgedResponse) => string | 0 | undefined,
  status: number,
  headers: Headers,
  maxAge: () => number | undefined,
): Directives | undefined {
  let result: unknown
  try {
    result = option({ status, headers: new Headers(headers), maxAge: maxAge() })
  } catch (cause) {
    throw new Error('cached: targetedControl threw an error', { cause })
  }
  return result ? parseTargetedControl(result, 'the result of targetedControl') : undefined
}

/** @throws {TypeError} when `value` is not a list of directives, or a lifetime in it is not a number of seconds. */
export function parseTargetedControl(value: unknown, option = 'targetedControl'): Directives {
  return usable(option, value, typeof value === 'string' ? parseTargeted(value) : undefined)
}

/** @throws {TypeError} as {@link parseTargetedControl}. */
export function parseAddedControl(value: string): Directives {
  return usable('cacheControl', value, parseCacheControl(value))
}

const IN_SECONDS = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']

function usable(option: string, value: unknown, directives: Directives = new Map()): Directives {
  const isInSeconds = (name: string) => /^\d+$/.test(String(directives.get(name) ?? '0'))
  if (directives.size > 0 && IN_SECONDS.every(isInSeconds)) return directives
  throw invalid(`cached: ${option}`, 'cache directives with lifetimes in seconds, such as max-age=60', value)
}
