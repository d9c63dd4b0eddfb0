/** The endpoint of the purge form: JSON as for `purge()`, or the form itself, which is answered by a page or, for scripts, in JSON. */
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import type { Cache } from '../../cache/cache.ts'
import { executionContext } from '../../http/context/execution-context.ts'
import { limitBodySize } from '../../http/endpoints/json-body.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { purge } from '../../http/endpoints/purge.ts'
import type { DashboardPurge } from '../dashboard-options.ts'
import { PAGE_HEADERS } from '../serving/page-headers.ts'
import { type DashboardFiles, versionedUrls } from '../serving/served-files.ts'
import { isCrossSite } from './cross-site.ts'
import { purgeBody, textOf } from './purge-fields.ts'
import { purgePage } from './purge-page.ts'

/** Returns the handlers of the route. Requests from pages of other origins are refused: without a token, nothing else would. */
export function purgeEndpoint(
  { fetch, token }: DashboardPurge,
  caches: readonly Cache[],
  files: DashboardFiles,
): [MiddlewareHandler, MiddlewareHandler, MiddlewareHandler] {
  const purgeJson = purge({ cache: caches, fetch, ...(token !== undefined && { token }) })
  const json = new Hono().post('*', purgeJson)

  async function answerForm(c: Context): Promise<Response> {
    const fields = await c.req.formData()
    const request = new Request(c.req.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorizationOf(fields) },
      body: purgeBody(fields),
    })
    const purged = await json.fetch(request, c.env, executionContext(c))
    // Not 401: the token is none of HTTP's, and a browser would forget the password with which it got the page.
    const answer = purged.status === 401 ? problem(403, 'The token is wrong', NO_STORE) : purged
    if (c.req.header('accept') === 'application/json') return answer
    const page = purgePage({
      status: answer.status,
      answer: await answer.json(),
      soft: fields.has('soft'),
      css: (await versionedUrls(files)).css, // relative to the page with a slash at its end, as for this one
    })
    return c.html(page, answer.status as 200, PAGE_HEADERS) // any status of `purge`, each with a body
  }
  const limited = every(limitBodySize, answerForm)

  async function refuseCrossSite(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
    if (isCrossSite(c.req.raw.headers, c.req.url)) {
      return problem(403, 'A purge must come from the page itself', NO_STORE)
    }
    await next()
  }

  return [
    refuseCrossSite,
    async function form(c, next) {
      return isForm(c.req.header('content-type')) ? limited(c, next) : next()
    },
    purgeJson,
  ]
}

const NO_STORE = { headers: { 'cache-control': 'no-store' } }

/** Nothing for a token that no header can have, which is a wrong one. */
function authorizationOf(fields: FormData): { authorization?: string } {
  const token = textOf(fields, 'token')
  return /^[\x21-\x7e\xa1-\xff]+$/.test(token) ? { authorization: `Bearer ${token}` } : {}
}

function isForm(contentType: string | undefined): boolean {
  return /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(contentType ?? '')
}
