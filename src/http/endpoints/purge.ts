/** The endpoint that invalidates entries: by URL, by tag, or all of them. */
import type { Context, ExecutionContext, Handler } from 'hono'
import { every } from 'hono/combine'
import type { Cache } from '../../cache/cache.ts'
import {
  aFunction,
  aString,
  type OptionRules,
  requireOptions,
  validateOptions,
  withMethods,
} from '../../options.ts'
import { cancelBody } from '../context/context-response.ts'
import { executionContext } from '../context/execution-context.ts'
import { bearer } from '../fields/bearer.ts'
import { limitBodySize, requireJson } from './json-body.ts'
import { type FieldError, problem } from './problem.ts'
import { readInstructions } from './purge-instructions.ts'
import { type Purge, purgeRequest } from './purge-request.ts'

export interface PurgeOptions {
  /** Invalidates tags, and everything. A URL is invalidated in the cache before its handler, which may be another one. */
  cache: Pick<Cache, 'invalidateTags' | 'clear'>
  /** `app.fetch`, or the `fetch` of a front before it. */
  fetch: (request: Request, env?: object, context?: ExecutionContext) => Response | Promise<Response>
  /** Purges must send it as `Authorization: Bearer`. Default none: anyone who reaches the route may purge. */
  token?: string
}

/** The result of a purge. */
export interface Purged {
  /** Number of URLs that reached a cache and were invalidated there, including URLs without a stored response. */
  urls: number
  /** Number of invalidated tags, including tags that no entry has. */
  tags: number
  /** Everything was invalidated. */
  all: boolean
  /** URLs, as given, that reached no cache: no route, no cache before its handler, or refused by earlier middleware. */
  unreached: string[]
}

/**
 * Creates a handler that takes `{ "urls": [...] }`, `{ "tags": [...] }`, `{ "all": true }`, or several of them. It responds
 * with {@link Purged} once no thread of this process serves the old entries, and the remote tier has the invalidation. A URL
 * that begins with `/` belongs to the origin that the purge was sent to.
 *
 * A URL is invalidated with all its variants, under the key that its route gives it: a GET without headers goes through the
 * app, and `cached()` treats it as a purge (the outer one, of two around one handler). `measured()` does not count it. If no
 * cache stands before the handler, the handler runs as for any GET, and its response is dropped. Keys that depend on request
 * headers (a session, for example) cannot be found this way: give those responses a tag.
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
  const { cache, fetch, token } = options
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

    const { urls, tags, all } = checked.instructions
    const [reached] = await Promise.all([
      Promise.all(urls.map((url) => purgeUrl(c, url))),
      tags.length > 0 ? cache.invalidateTags(tags) : undefined,
      all ? cache.clear() : undefined,
    ])
    const unreached = urls.filter((_, index) => reached[index] === false)
    const purged: Purged = { urls: urls.length - unreached.length, tags: tags.length, all, unreached }
    return c.json(purged)
  }

  /** Returns false when the URL reached no cache. */
  async function purgeUrl(c: Context, url: string): Promise<boolean> {
    const purge: Purge = { done: false }
    const response = await fetch(purgeRequest(urlFrom(url, c), purge), c.env, executionContext(c))
    cancelBody(response.body)
    return purge.done
  }

  return every(mayPurge, requireJson, limitBodySize, handlePurge)
}

const rules: OptionRules<PurgeOptions> = {
  cache: withMethods('a cache made by createCache()', 'invalidateTags', 'clear'),
  fetch: { ...aFunction, expected: 'a function such as app.fetch' },
  token: aString,
}

function invalidBody(errors: FieldError[]): Response {
  return problem(400, 'The body is not valid', { errors })
}

/** Resolves `//a` as a path, not as a host. */
function urlFrom(text: string, c: Context): URL {
  const url = new URL(text.startsWith('/') ? new URL(c.req.url).origin + text : text)
  url.hash = ''
  return url
}
