/** The routes of the API's description: the OpenAPI document at `/openapi.json`, and its page at `/docs`. */
import { Hono } from 'hono'
import { etag } from 'hono/etag'

/** Clients take the description from their own cache for 5 minutes, then revalidate with the ETag. */
const HEADERS = { 'cache-control': 'public, max-age=300, must-revalidate' }

/** The files that `npm run openapi` writes are loaded by the first request for them, so that no start waits for them. */
export function apiDocs(): Hono {
  const routes = new Hono()

  routes.get('/openapi.json', etag(), async function openapi(c) {
    const { document } = await import('./written-files.ts')
    return c.json(document, 200, HEADERS)
  })

  routes.get('/docs', etag(), async function docs(c) {
    const { docsPage, docsPolicy } = await import('./written-files.ts')
    return c.html(docsPage, 200, { ...HEADERS, 'content-security-policy': docsPolicy })
  })

  return routes
}
