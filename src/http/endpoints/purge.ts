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
  /**
   * The cache in which `tags` and `all` take effect. Each of `urls` takes effect in the cache of its own route, which may be
   * another one.
   */
  cache: Pick<Cache, 'invalidateTags' | 'clear'>
  /** `app.fetch`, or the `fetch` that `front()` returned for it. */
  fetch: (request: Request, env?: object, context?: ExecutionContext) => Response | Promise<Response>
  /** Bearer token that purges must send in `Authorization`. Default: none, so anyone who reaches the route may purge. */
  token?: string
}

/** The result of a purge. */
export interface Purged {
  /** Number of URLs that reached a cache and were invalidated there, including URLs without a stored response. */
  urls: number
  /** Number of invalidated tags, including tags that no entry has. */
  tags: number
  /** True if everything was invalidated. */
  all: boolean
  /**
   * URLs that reached no cache, because they match no route, their handler has no cache, or earlier middleware refused them.
   * Each is spelt as in the request.
   */
  unreached: string[]
}

/**
 * Creates the handler of a purge endpoint. The JSON body has at least one of the members `{ "urls": [...] }`, `{ "tags": [...]
 * }` and `{ "all": true }`. The handler responds with {@link Purged} once no thread of this process serves the old entries and
 * the remote tier has the invalidation. A URL that begins with `/` belongs to the origin of the purge request.
 *
 * A URL is invalidated with all its variants, under the key that its route generates. To do this, a GET without headers goes
 * through the app, and `cached()` treats it as a purge. Of two `cached()` around one handler, only the outer one is purged.
 * `measured()` does not report the GET. If a handler has no cache, it runs as for any GET, and its response is dropped. Keys
 * that depend on request headers (a session, for example) cannot be found this way: give those responses a tag.
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

/** Resolves a URL of the body. `//a` is a path, not a host. */
function urlFrom(text: string, c: Context): URL {
  const url = new URL(text.startsWith('/') ? new URL(c.req.url).origin + text : text)
  url.hash = ''
  return url
}
