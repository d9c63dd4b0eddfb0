/** What is configured for the whole service, divided among its threads. */
import type { Config } from '../startup/config.ts'

/** The bounds of one thread's memory tier; those of all threads add up to what is configured. */
export function shareOfCache(config: Config, thread: number): Config['cache'] {
  const share = (whole: number) =>
    Math.floor(whole / config.threads) + (thread < whole % config.threads ? 1 : 0)
  const { maxBytes, maxEntries } = config.cache
  return {
    ...config.cache,
    maxBytes: share(maxBytes),
    maxEntries: maxEntries === undefined ? undefined : share(maxEntries),
  }
}
