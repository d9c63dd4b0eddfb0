/** The size of the cache for `CACHE_MAX_BYTES=auto`. docs/service/sizing.md has the measurements behind its numbers. */

const MIB = 2 ** 20

/** Memory of an isolate on Workers (https://developers.cloudflare.com/workers/platform/limits/#memory), in bytes. */
const ISOLATE_BYTES = 128 * MIB

/** Memory of a thread before it stores anything, garbage under load included, in bytes. */
const BYTES_PER_THREAD = 128 * MIB

/** Bytes of the process for each byte of the cache at its peak. */
const BYTES_PER_CACHED_BYTE = 5

const MIN_PER_THREAD = 4 * MIB
const MAX_PER_THREAD = 1024 * MIB

/**
 * Returns the bytes of the cache with which the process stays below its limit. They are for all threads, and at least 4 MiB and at
 * most 1 GiB for each.
 *
 * @param limitBytes memory that the process may use. Default: that of an isolate on Workers.
 */
export function automaticCacheBytes(limitBytes = ISOLATE_BYTES, threads = 1): number {
  const room = (limitBytes - threads * BYTES_PER_THREAD) / BYTES_PER_CACHED_BYTE
  return Math.floor(Math.min(Math.max(room, threads * MIN_PER_THREAD), threads * MAX_PER_THREAD))
}
