/** The demand of a request: its key, its directives, and the one look-up of that key. */
import type { Context } from 'hono'
import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { RequestHeader } from '../fields/vary.ts'
import { type RequestDirectives, requestDirectives } from '../policy/request-directives.ts'
import type { CacheDemand, Stored } from './cache-request.ts'
import type { Route } from './route.ts'

export interface Demands {
  /** Looks the key up in memory, unless the request bypasses the cache. */
  of(c: Context, resource: string, header: RequestHeader): CacheDemand
  /** Keeps a demand for the same request, until `take`. */
  keep(c: Context, resource: string, demand: CacheDemand): void
  take(c: Context, resource: string): CacheDemand | undefined
}

/** Stands for a key that is too long. Its reads bypass the cache. */
const UNUSABLE_KEY = '-'

const BYPASS: RequestDirectives = { strategy: 'bypass' }

interface KeptDemand {
  resource: string
  demand: CacheDemand
}

export function createDemands({ cache, reads, variants, clientControl }: Route): Demands {
  /** A member of the context. Each route has its own, so that two caches around one handler stay apart. */
  const KEPT = Symbol('hitrate:demand')
  type Carrier = Context & { [KEPT]?: KeptDemand | undefined }

  return {
    of(c, resource, header) {
      const variantKey = variants.keyFor(resource, header)
      const bypassReason = bypassReasonOf(variantKey, c.req.raw.url, header)
      const key = variantKey.length > MAX_KEY_LENGTH ? UNUSABLE_KEY : variantKey
      const isBypass = !cache.enabled || bypassReason !== undefined
      const directives = isBypass ? BYPASS : requestDirectives(header, clientControl)
      const isLookedUp = directives.strategy !== 'bypass'
      const found = isLookedUp ? reads.find<Stored>(key) : reads.skipLookup<Stored>(key)
      return { key, directives, bypassReason, found }
    },

    keep(c, resource, demand) {
      ;(c as Carrier)[KEPT] = { resource, demand }
    },

    take(c, resource) {
      const kept = (c as Carrier)[KEPT]
      if (kept === undefined) return undefined
      ;(c as Carrier)[KEPT] = undefined
      return kept.resource === resource ? kept.demand : undefined
    },
  }
}

/** A word for `Cache-Status`. */
function bypassReasonOf(key: string, url: string, header: RequestHeader): string | undefined {
  if (key.length > MAX_KEY_LENGTH) return 'key-too-long'
  // A request target has no fragment (RFC 9112 §3.2), yet servers pass one on, and a handler may see it in a parameter.
  if (url.includes('#')) return 'fragment'
  // No stored response opens a websocket, and the response that opens one (some servers make it a 200) is for one client.
  return header('upgrade')?.toLowerCase() === 'websocket' ? 'upgrade' : undefined
}
