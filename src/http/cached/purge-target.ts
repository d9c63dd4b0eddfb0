/** The entries of a route that a purge of one URL concerns. */
import type { Context } from 'hono'
import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { Purge, PurgeTarget } from '../endpoints/purge-request.ts'
import { hitForMissKeys } from '../policy/hit-for-miss.ts'
import { hostTag, pathTag } from '../policy/url-tags.ts'
import { variantsTag } from '../policy/variants.ts'
import type { Route } from './route.ts'

/** Looks for stored responses before any is removed, so that a purge of several URLs counts each. */
export async function purgeTargetOf(
  route: Route,
  c: Context,
  { isOnEveryHost }: Purge,
  resource: string,
): Promise<PurgeTarget> {
  const { cache, reads, variants, hitForMiss, origins, keyOfUrl, codec } = route
  for (const key of hitForMissKeys(resource)) hitForMiss.delete(key)
  const url = route.urlOf(c)
  return {
    cache,
    reads,
    keys: resource.length > MAX_KEY_LENGTH ? [] : [resource],
    tags: [
      isOnEveryHost ? pathTag(url) : hostTag(url),
      ...(keyOfUrl === undefined ? [variantsTag(resource)] : []),
    ],
    isStored: await reads.isStored([resource, ...variants.keysOf(resource)], codec),
    origins: origins.list(),
  }
}
