/** What a cache does with a response that was made from a request header which neither `Vary` nor the key names. */
import { Hono } from 'hono'
import { type HttpCache, httpCaches } from './http-caches.ts'

export const HEADERS = ['x-tenant', 'cookie', 'authorization'] as const

export type Verdict = 'leaked to another client' | 'not shared' | 'hidden from the handler'

/** Two clients with different values request the same URL; the handler's response is fresh for a minute. */
export async function verdictOn(name: keyof typeof httpCaches, header: string): Promise<Verdict> {
  const realNow = Date.now
  const app = new Hono()
  app.get('/', (c) => c.text(c.req.header(header) ?? 'none', 200, { 'cache-control': 'max-age=60' }))
  const { around }: HttpCache = httpCaches[name]
  const fetch = around(
    async (request) => app.fetch(request),
    () => 1e12,
  )
  const get = async (value: string) =>
    (await fetch(new Request('http://a.test/', { headers: { [header]: value } }))).text()
  try {
    const first = await get('a=1')
    const second = await get('b=2')
    if (first === 'none') return 'hidden from the handler'
    return second === first ? 'leaked to another client' : 'not shared'
  } finally {
    Date.now = realNow
  }
}
