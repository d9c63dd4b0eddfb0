/** Divides the configured cache size among the threads. */
import type { CacheConfig, ProcessConfig } from '../startup/process-config.ts'

/** The cache configuration of one thread. The limits of all threads add up to the configured limits. */
export function cacheShare<Cache extends CacheConfig>(
  config: Pick<ProcessConfig, 'threads'> & { cache: Cache },
  thread: number,
): Cache {
  const share = (total: number) =>
    Math.floor(total / config.threads) + (thread < total % config.threads ? 1 : 0)
  const { maxBytes, maxEntries } = config.cache
  return {
    ...config.cache,
    maxBytes: share(maxBytes),
    maxEntries: maxEntries === undefined ? undefined : share(maxEntries),
  }
}
