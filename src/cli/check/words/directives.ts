/** The meaning of each directive of `Cache-Control` and of targeted fields for hitrate (RFC 9111 §5.2.2, RFC 5861, RFC 8246). */
import { secondsText } from './durations.ts'

const meanings: Readonly<Record<string, (seconds: string) => string>> = {
  'max-age': (time) => `fresh for ${time}`,
  's-maxage': (time) => `fresh for ${time} in shared caches, which ignore max-age then; never served stale`,
  'stale-while-revalidate': (time) => `then served stale for another ${time} while it is fetched anew`,
  'stale-if-error': (time) => `then served stale for another ${time} while the upstream fails`,
  public: () => 'the same for everyone, also for requests with a cookie or a token',
  private: () => 'for one user: no shared cache may store it',
  'no-store': () => 'no cache may store it',
  'no-cache': () => 'stored, but confirmed by the upstream before each use',
  'must-revalidate': () => 'never served stale',
  'proxy-revalidate': () => 'never served stale by shared caches',
  'must-understand': () => 'stored only by caches that know the status; no-store is for the others',
  'no-transform': () => 'sent on without a change of its coding',
  immutable: () => 'browsers do not ask again while it is fresh',
  negative: () => 'stored as an absence: invalidated when the resource appears',
}

const IN_SECONDS = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'])

/** The directives that have a meaning. */
export const explainedDirectives: readonly string[] = Object.keys(meanings)

/** @param name in lower case. @param value `true` for a directive without an argument. */
export function explainDirective(name: string, value: string | true): string {
  const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined
  if (meaning === undefined) return 'unknown: ignored'
  if (!IN_SECONDS.has(name)) {
    const isLimited = (name === 'private' || name === 'no-cache') && value !== true
    return isLimited ? `the headers ${value} are not stored` : meaning('')
  }
  if (value === true || !/^\d+$/.test(value)) return 'not a number of seconds: counts as 0'
  return meaning(secondsText(Number(value)))
}
