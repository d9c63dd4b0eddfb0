/** The demand of a request on the cache: its key, its directives, and the result of the look-up in memory. */
import type { Context } from 'hono'
import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { RequestHeader } from '../fields/vary.ts'
import { type RequestDirectives, requestDirectives } from '../policy/request-directives.ts'
import type { CacheDemand, Stored } from './cache-request.ts'
import type { Route } from './route.ts'

export interface Demands {
  /** Creates the demand. Looks the key up in memory, unless the request bypasses the cache. */
  of(c: Context, resource: string, header: RequestHeader): CacheDemand
  /** Returns the demand of the same request, if it must bypass the cache. */
  bypass(demand: CacheDemand, reason: string): CacheDemand
  /** Saves the demand in the context, so that this request does not look its key up a second time. */
  keep(c: Context, resource: string, demand: CacheDemand): void
  take(c: Context, resource: string): CacheDemand | undefined
}

/** Key of every request whose own key is too long. Such requests bypass the cache. */
const UNUSABLE_KEY = '-'

const BYPASS: RequestDirectives = { strategy: 'bypass' }

interface KeptDemand {
  resource: string
  demand: CacheDemand
}

export function createDemands({ cache, reads, variants, clientControl }: Route): Demands {
  /**
   * Property of the context that holds the saved demand. Each `cached()` has its own, so that nested ones do not take each
   * other's demand.
   */
  const KEPT = Symbol('hitrate:demand')
  type Carrier = Context & { [KEPT]?: KeptDemand | undefined }

  return {
    of(c, resource, header) {
      const variantKey = variants.keyFor(resource, header)
      const bypassReason = bypassReasonOf(variantKey, c.req.url, header)
      const key = variantKey.length > MAX_KEY_LENGTH ? UNUSABLE_KEY : variantKey
      const isBypass = !cache.enabled || bypassReason !== undefined
      const directives = isBypass ? BYPASS : requestDirectives(header, clientControl)
      const isLookedUp = directives.strategy !== 'bypass'
      const found = isLookedUp ? reads.find<Stored>(key) : reads.skipLookup<Stored>(key)
      return { key, directives, bypassReason, found }
    },

    bypass({ key }, bypassReason) {
      return { key, directives: BYPASS, bypassReason, found: reads.skipLookup<Stored>(key) }
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

/** The reason as a token for `Cache-Status`; `undefined` if the request may use the cache. */
function bypassReasonOf(key: string, url: string, header: RequestHeader): string | undefined {
  if (key.length > MAX_KEY_LENGTH) return 'key-too-long'
  // The key lacks the fragment, but a handler may read it in a path parameter. RFC 9112 §3.2 forbids fragments in request
  // targets, yet some servers pass them on.
  if (url.includes('#')) return 'fragment'
  // A stored response cannot open a WebSocket. The response that opens one is for one client, and some servers give it status
  // 200.
  return header('upgrade')?.toLowerCase() === 'websocket' ? 'upgrade' : undefined
}
