/** The state that all requests to one `cached()` share: its options, the variants and the hit-for-miss table. */

import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { Codec } from '../../cache/values/codec.ts'
import { type CacheStatus, createHitStatus, formatCacheStatus } from '../fields/cache-status.ts'
import { createHitForMiss, type HitForMiss, hitForMissKeys } from '../policy/hit-for-miss.ts'
import { type Origins, originsOf } from '../policy/origins.ts'
import { createUrlTags, hostTag } from '../policy/url-tags.ts'
import { createVariants, unescapedKey, type Variants, variantsTag } from '../policy/variants.ts'
import { storedResponses } from '../stored/codec.ts'
import { RecentHeads } from '../stored/heads/recent-heads.ts'
import { SharedHeads } from '../stored/heads/shared-heads.ts'
import type { Stored } from './cache-request.ts'
import { type CachedOptions, type ResolvedOptions, resolveOptions } from './options.ts'

export interface Route extends ResolvedOptions {
  variants: Variants
  hitForMiss: HitForMiss
  origins: Origins
  /** The tags by which a purge finds the responses of a URL. */
  urlTags(url: string): string[]
  /** True if the keys are URLs, so that the tags of the URL follow from the key. */
  derivesTags: boolean
  /** The tag that all variants of a resource have. */
  tagOf(resource: string): string
  /** The heads that the stored responses share. */
  heads: SharedHeads
  /** The headers of the last responses. */
  recentHeads: RecentHeads
  /** The encoding of stored responses in a remote tier. */
  codec: Codec<Stored>
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
  const heads = new SharedHeads()
  const urlTags = createUrlTags()
  resolved.reads.deriveTags((key) => urlTags(unescapedKey(key)))

  function statusText(status: CacheStatus, key: string): string {
    return formatCacheStatus(debug ? { ...status, key } : status)
  }

  return {
    ...resolved,
    variants: createVariants({ maxVariants }),
    hitForMiss: createHitForMiss({ now: cache.now }),
    origins: originsOf(cache),
    urlTags,
    derivesTags: resolved.keyOfUrl !== undefined,
    tagOf: resolved.keyOfUrl === undefined ? variantsTag : hostTag,
    heads,
    recentHeads: new RecentHeads(),
    codec: storedResponses(heads),
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
