/** The endpoint that invalidates entries, or makes them stale: by URL, by tag, below a path, or all of them. */
import type { Context, ExecutionContext, Handler } from 'hono'
import { every } from 'hono/combine'
import type { Cache } from '../../cache/cache.ts'
import type { InvalidateResult } from '../../cache/results.ts'
import {
  aFunction,
  aString,
  type OptionRules,
  requireOptions,
  validateOptions,
  withMethods,
} from '../../options.ts'
import { executionContext } from '../context/execution-context.ts'
import { bearer } from '../fields/bearer.ts'
import { prefixTag } from '../policy/url-tags.ts'
import { limitBodySize, requireJson } from './json-body.ts'
import { type FieldError, problem } from './problem.ts'
import { type PurgeInstructions, readInstructions } from './purge-instructions.ts'
import type { PurgeTarget } from './purge-request.ts'
import { targetsOf } from './purge-targets.ts'

export interface PurgeOptions {
  /**
   * The cache, or several, in which `tags`, `prefixes` and `all` take effect. Each of `urls` takes effect in the cache of its own
   * route, which may be another one.
   */
  cache: PurgedCache | readonly PurgedCache[]
  /** `app.fetch`, or the `fetch` that `front()` returned for it. */
  fetch: (request: Request, env?: object, context?: ExecutionContext) => Response | Promise<Response>
  /** Bearer token that purges must send in `Authorization`. Default: none, so anyone who reaches the route may purge. */
  token?: string
}

type PurgedCache = Pick<Cache, 'invalidateTags' | 'clear' | 'expireTags' | 'expireAll'>

/** The result of a purge. */
export interface Purged {
  /** Number of URLs of which memory or the shared tier had a response, fresh or stale, that is removed or stale now. */
  urls: number
  /** Number of tags, including those that no entry has. */
  tags: number
  /** Number of prefixes, including those that no response has. */
  prefixes: number
  /** True if everything was purged. */
  all: boolean
  /**
   * URLs that reached no cache, because they match no route, their handler has no cache, or earlier middleware refused them.
   * Each is spelt as in the request.
   */
  unreached: string[]
  /** URLs that reached a cache which had no response of them. Each is spelt as in the request. */
  unmatched: string[]
  /** False if a shared tier or a bus has not confirmed the purge; see {@link InvalidateResult}. */
  confirmed: boolean
}

/**
 * Creates the handler of a purge endpoint. The JSON body has at least one of the members `{ "urls": [...] }`, `{ "tags": [...]
 * }`, `{ "prefixes": ["/blog/"] }` and `{ "all": true }`. With `{ "soft": true }` entries become stale instead of being removed:
 * they may still be served for as long as their stale periods allow, while one request loads the new response. The handler
 * responds with {@link Purged} once no thread of this process serves the old entries and the remote tier has the invalidation.
 *
 * A URL is purged with all its variants on its host, whatever the scheme and the port; a path on every host. To find the key
 * that its route generates, a GET without headers goes through the app, and `cached()` treats it as a purge; then one for each
 * other origin that the cache has seen. Of two `cached()` around one handler, only the outer one is purged. `measured()` does not
 * report the GET. If a handler has no cache, it runs as for any GET, and its response is dropped. Keys that depend on request
 * headers (a session, for example) are not counted, but their responses are purged by the URL that they were loaded with.
 *
 * A prefix concerns the responses whose path begins with it, on every host.
 *
 * @throws {TypeError} when an option is unknown, missing, or of the wrong type.
 * @example
 * app.post('/admin/purge', purge({ cache, fetch: app.fetch, token: 'a-secret' }))
 * // curl -X POST https://example.com/admin/purge -H 'authorization: Bearer a-secret' \
 * //   -H 'content-type: application/json' -d '{"urls":["/rates/usd"],"tags":["rates"]}'
 */
export function purge(options: PurgeOptions): Handler {
  validateOptions('purge', options, rules)
  requireOptions('purge', options, rules, ['cache', 'fetch'])
  const { fetch, token } = options
  const caches = [options.cache].flat()
  const hasToken = token === undefined ? undefined : bearer(token)

  async function mayPurge(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
    if (hasToken && !(await hasToken(c.req.header('authorization')))) {
      return problem(401, 'Purging needs the admin token', { headers: { 'www-authenticate': 'Bearer' } })
    }
    await next()
  }

  async function handlePurge(c: Context): Promise<Response | undefined> {
    const body: unknown = await c.req.json().catch(() => undefined)
    if (body === undefined) return invalidBody([{ field: 'body', message: 'must be JSON' }])
    const checked = readInstructions(body)
    if ('errors' in checked) return invalidBody(checked.errors)

    const { urls, tags, prefixes, all } = checked.instructions
    const context = executionContext(c)
    const send = async (request: Request) => fetch(request, c.env, context)
    // All URLs are looked up before anything is removed, so that a second spelling of a URL counts as well.
    const targets = await Promise.all(urls.map((url) => targetsOf(url, { own: c.req.url, caches, send })))
    const confirmed = await execute(caches, checked.instructions, targets.flat())
    const purged: Purged = {
      urls: targets.filter(isStored).length,
      tags: tags.length,
      prefixes: prefixes.length,
      all,
      unreached: urls.filter((_, i) => targets[i]?.length === 0),
      unmatched: urls.filter((_, i) => targets[i]?.length !== 0 && !isStored(targets[i] ?? [])),
      confirmed,
    }
    return c.json(purged)
  }

  return every(mayPurge, requireJson, limitBodySize, handlePurge)
}

const aCache = withMethods(
  'a cache made by createCache()',
  'invalidateTags',
  'clear',
  'expireTags',
  'expireAll',
)

const rules: OptionRules<PurgeOptions> = {
  cache: {
    ...aCache,
    isValid: (value) =>
      Array.isArray(value) ? value.length > 0 && value.every(aCache.isValid) : aCache.isValid(value),
  },
  fetch: { ...aFunction, expected: 'a function such as app.fetch' },
  token: aString,
}

function invalidBody(errors: FieldError[]): Response {
  return problem(400, 'The body is not valid', { errors })
}

function isStored(targets: readonly PurgeTarget[]): boolean {
  return targets.some((target) => target.isStored)
}

/** Resolves to true if everything was confirmed. */
async function execute(
  caches: readonly PurgedCache[],
  { tags, prefixes, all, soft }: PurgeInstructions,
  targets: readonly PurgeTarget[],
): Promise<boolean> {
  const named = [...tags, ...prefixes.map(prefixTag)]
  const work: Promise<InvalidateResult>[] = []
  for (const one of new Set(targets.map((target) => target.cache))) {
    const ofCache = targets.filter((target) => target.cache === one)
    work.push(...purgeTargets(one, ofCache, soft))
  }
  for (const cache of caches) {
    if (named.length > 0) work.push(soft ? cache.expireTags(named) : cache.invalidateTags(named))
    if (all) work.push(soft ? cache.expireAll() : cache.clear())
  }
  return (await Promise.all(work)).every(({ confirmed }) => confirmed)
}

/** @param targets of one cache, so that few messages are sent. */
function purgeTargets(
  cache: Cache,
  targets: readonly PurgeTarget[],
  soft: boolean,
): Promise<InvalidateResult>[] {
  const keys = [...new Set(targets.flatMap((target) => target.keys))]
  const tags = [...new Set(targets.flatMap((target) => target.tags))]
  const reads = targets[0]?.reads
  if (reads === undefined) return []
  if (!soft) return [reads.deleteMany(keys), cache.invalidateTags(tags)]
  return [...keys.map((key) => reads.expire(key)), cache.expireTags(tags)]
}
