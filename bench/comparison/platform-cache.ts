/**
 * The Cache API of a platform for hono/cache, which needs one: in memory, with a manual clock. As that of Workers, it obeys
 * `Cache-Control`, refuses 206 and `Vary: *`, and does not select by `Vary`. The rules of lifetimes are those of
 * http-cache-semantics, on which the local simulator of Workers is built too.
 */
import { createRequire } from 'node:module'

interface CachePolicy {
  now(): number
  storable(): boolean
  stale(): boolean
  responseHeaders(): Record<string, string>
}

type PolicyMessage = { url?: string; method?: string; status?: number; headers: Record<string, string> }

const Policy: new (request: PolicyMessage, response: PolicyMessage) => CachePolicy = createRequire(
  import.meta.url,
)('http-cache-semantics')

interface Entry {
  policy: CachePolicy
  status: number
  body: ArrayBuffer
}

/** The part of `caches` that hono/cache uses. */
export function platformCaches(now: () => number): Pick<CacheStorage, 'open'> {
  const caches = new Map<string, Cache>()
  return {
    async open(name) {
      const cache = caches.get(name) ?? platformCache(now)
      caches.set(name, cache)
      return cache
    },
  }
}

function platformCache(now: () => number): Cache {
  const entries = new Map<string, Entry>()
  const cache: Pick<Cache, 'match' | 'put'> = {
    async match(key) {
      const entry = entries.get(String(key))
      if (entry === undefined || entry.policy.stale()) return undefined
      const { policy, status, body } = entry
      return new Response(body.byteLength === 0 ? null : body, { status, headers: policy.responseHeaders() })
    },
    async put(key, response) {
      if (response.status === 206 || response.headers.get('vary') === '*') throw new TypeError('not storable')
      const headers = Object.fromEntries(response.headers)
      delete headers.vary
      const policy = new TimedPolicy(
        now,
        { url: String(key), method: 'GET', headers: {} },
        response.status,
        headers,
      )
      const body = await response.arrayBuffer()
      if (policy.storable()) entries.set(String(key), { policy, status: response.status, body })
    },
  }
  return cache as Cache // hono/cache calls these two
}

/** The package takes its clock from a method. */
class TimedPolicy extends Policy {
  constructor(now: () => number, request: PolicyMessage, status: number, headers: Record<string, string>) {
    super(request, { status, headers })
    this.now = now
    Object.assign(this, { _responseTime: now() })
  }
}
