/** The state that all requests to one `cached()` share: its options, the variants and the hit-for-miss table. */

import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import { type CacheStatus, createHitStatus, formatCacheStatus } from '../fields/cache-status.ts'
import { createHitForMiss, type HitForMiss, hitForMissKeys } from '../policy/hit-for-miss.ts'
import { type Origins, originsOf } from '../policy/origins.ts'
import { createUrlTags, hostTag } from '../policy/url-tags.ts'
import { createVariants, type Variants, variantsTag } from '../policy/variants.ts'
import { type CachedOptions, type ResolvedOptions, resolveOptions } from './options.ts'

export interface Route extends ResolvedOptions {
  variants: Variants
  hitForMiss: HitForMiss
  origins: Origins
  /** The tags by which a purge finds the responses of a URL. */
  urlTags(url: string): string[]
  /** The tag that all variants of a resource have. */
  tagOf(resource: string): string
  /** The headers of the handlers' response objects: see `restoreHeaders`. */
  originals: WeakMap<Response, Headers>
  /** Formats this cache's member of `Cache-Status`, with the key if the option `debug` is set. */
  statusText(status: CacheStatus, key: string): string
  /** Formats the member for a hit. Faster than `statusText`, because hits within one second share one string. */
  hitStatusText(ttlMs: number, key: string): string
}

/** @throws {TypeError} naming the option that cannot be used. */
export function createRoute(options: CachedOptions): Route {
  const resolved = resolveOptions(options)
  const { debug, maxVariants, cache } = resolved
  const hitStatus = createHitStatus()

  function statusText(status: CacheStatus, key: string): string {
    return formatCacheStatus(debug ? { ...status, key } : status)
  }

  return {
    ...resolved,
    variants: createVariants({ maxVariants }),
    hitForMiss: createHitForMiss({ now: cache.now }),
    origins: originsOf(cache),
    urlTags: createUrlTags(),
    tagOf: resolved.keyOfUrl === undefined ? variantsTag : hostTag,
    originals: new WeakMap(),
    statusText,
    hitStatusText: (ttlMs, key) => (debug ? statusText({ hit: true, ttlMs }, key) : hitStatus(ttlMs)),
  }
}

/** Invalidates a resource with all its variants, including responses that are still being loaded. */
export async function invalidateResource(
  { cache, reads, hitForMiss, tagOf }: Route,
  resource: string,
): Promise<void> {
  for (const key of hitForMissKeys(resource)) hitForMiss.delete(key)
  if (resource.length > MAX_KEY_LENGTH) return
  await Promise.all([reads.deleteMany([resource]), cache.invalidateTags([tagOf(resource)])])
}
