/** Two caches around one handler that ask for the same key would wait for each other: the second must be refused. */
import type { Context } from 'hono'
import type { Cache } from '../../cache/cache.ts'

/** Which keys a request is being answered for already, in which cache. */
const ASKED = 'hitrate:asked'

/**
 * The inner `cached` would join the load of the outer one, which waits for the inner one's answer: neither would ever end.
 *
 * @throws {TypeError} when this request asks the cache for this key already.
 */
export function assertNotNested(c: Context, cache: Cache, key: string): void {
  const asked: readonly { cache: Cache; key: string }[] = c.get(ASKED) ?? []
  if (asked.some((one) => one.cache === cache && one.key === key)) {
    throw new TypeError(`cached: another cached() around this one asks cache ${cache.name} for the same key`)
  }
  c.set(ASKED, [...asked, { cache, key }])
}
