/** The endpoint that makes a cache forget: by URL, by tag, or everything. */
import type { Context, ExecutionContext, Handler } from 'hono'
import { every } from 'hono/combine'
import type { Cache } from '../../cache/cache.ts'
import { cancelBody } from '../context/context-response.ts'
import { executionContext } from '../context/execution-context.ts'
import { bearer } from '../fields/bearer.ts'
import { isJson, limited } from './json-body.ts'
import { type FieldError, problem } from './problem.ts'
import { readInstructions } from './purge-instructions.ts'
import { type Purge, purgeRequest } from './purge-request.ts'

export interface PurgeOptions {
  /** Forgets tags, and everything. URLs are forgotten by whatever cache stands before their handlers. */
  cache: Pick<Cache, 'invalidateTags' | 'clear'>
  /** The app's own `fetch`, or that of a front before it. */
  fetch: (request: Request, env?: object, context?: ExecutionContext) => Response | Promise<Response>
  /** Purges must bring it as `Authorization: Bearer`. Default none: anyone who reaches the route may purge. */
  token?: string
}

/** What was done. */
export interface Purged {
  /** How many of the URLs a cache knows a key for, and has forgotten; also when nothing was kept there. */
  urls: number
  /** How many tags were invalidated; also when nothing had them. */
  tags: number
  /** Everything was forgotten. */
  all: boolean
  /** The URLs, as they were given, that reached no cache: no such route, none before its handler, or refused on the way. */
  unreached: string[]
}

/**
 * A handler that takes `{ "urls": [...] }`, `{ "tags": [...] }`, `{ "all": true }`, or several of them, and answers with
 * {@link Purged} once no thread of this process serves what was kept, and the remote tier knows. A URL that begins with `/`
 * is one of the origin that the purge itself was sent to.
 *
 * A URL is forgotten with all its variants, under whatever key its route gives it: it goes through the app as a GET without
 * fields, which `cached()` takes for a purge (of two around one handler the outer one does), and `measured()` leaves out. Where
 * no cache stands before the handler, the handler runs, as for any GET, and its answer is dropped. Keys that depend on fields
 * of the request (a session, say) are not found so: give those answers a tag.
 *
 * @throws {TypeError} when `fetch` is no function, or there is no cache.
 * @example
 * app.post('/admin/purge', purge({ cache, fetch: app.fetch, token: 'a-secret' }))
 * // curl -X POST https://example.com/admin/purge -H 'authorization: Bearer a-secret' \
 * //   -H 'content-type: application/json' -d '{"urls":["/rates/usd"],"tags":["rates"]}'
 */
export function purge({ cache, fetch, token }: PurgeOptions): Handler {
  if (typeof fetch !== 'function') throw new TypeError('purge: fetch is no function like app.fetch')
  if (typeof cache?.invalidateTags !== 'function')
    throw new TypeError('purge: cache is not one that createCache has made')
  const allowed = token === undefined ? undefined : bearer(token)

  async function mayPurge(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
    if (allowed && !(await allowed(c.req.header('authorization')))) {
      return problem(401, 'Purging needs the admin token', { headers: { 'www-authenticate': 'Bearer' } })
    }
    await next()
  }

  async function purgeAsTold(c: Context): Promise<Response | undefined> {
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

  /** False when it reached no cache. */
  async function purgeUrl(c: Context, url: string): Promise<boolean> {
    const purge: Purge = { done: false }
    const response = await fetch(purgeRequest(urlFrom(url, c), purge), c.env, executionContext(c))
    cancelBody(response.body)
    return purge.done
  }

  return every(mayPurge, isJson, limited, purgeAsTold)
}

function invalidBody(errors: FieldError[]): Response {
  return problem(400, 'The body is not valid', { errors })
}

/** What begins with `/` is a path, also where a second `/` would begin a host. */
function urlFrom(text: string, c: Context): URL {
  const url = new URL(text.startsWith('/') ? new URL(c.req.url).origin + text : text)
  url.hash = ''
  return url
}
