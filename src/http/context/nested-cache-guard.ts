/** Detects two nested `cached()` that read the same key from one cache, because they would wait for each other forever. */
import type { Context } from 'hono'
import type { Cache } from '../../cache/cache.ts'

/** Property of the context: the reads that are in progress for this request. */
const READS = Symbol('hitrate:reads')
type Reading = Context & { [READS]?: readonly { cache: Cache; key: string }[] }

const NO_READS: NonNullable<Reading[typeof READS]> = []

/**
 * Records that this request reads `key`. A second read of the same key is an error: the inner `cached()` would join the load of
 * the outer one, which waits for the inner one's response, so neither would settle.
 *
 * @throws {TypeError} when this request already reads the key from this cache.
 */
export function assertNotNested(c: Context, cache: Cache, key: string): void {
  const reads = (c as Reading)[READS] ?? NO_READS
  for (const read of reads) {
    if (read.cache !== cache || read.key !== key) continue
    throw new TypeError(`cached: an outer cached() already reads the same key from cache ${cache.name}`)
  }
  ;(c as Reading)[READS] = [...reads, { cache, key }]
}
