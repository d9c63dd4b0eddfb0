/** Twenty browsers visit the shop for ten minutes, and count what they get. The traffic is the same in every step. */
import process from 'node:process'
import type { Product, Shop } from './shop.ts'

/** `fetch` of a Hono app, or of something that passes the request on to one. */
export type Server = (request: Request, env: object, context: Context) => Response | Promise<Response>

interface Context {
  waitUntil(work: Promise<unknown>): void
  passThroughOnException(): void
  props: object
}

/** The last response that a browser has kept for a page. */
interface Kept {
  etag: string | null
  body: string
}

/** Every 20 seconds ten browsers come at once: eight want the list, two the matcha. Its price changes twice. */
const MINUTES = 10
const PRICE_CHANGES = new Map([
  [190, 420],
  [390, 440],
])

/**
 * Sends the visitors to the servers in turn, writes to the first one, and prints the figures.
 * @param messageMs time that a message to another server may take
 */
export async function sendVisitors(shop: Shop, servers: [Server, ...Server[]], messageMs = 0) {
  const figures = { requests: 0, queries: 0, waited: 0, notModified: 0, bytes: 0, old: 0 }
  const browsers = Array.from({ length: 20 }, () => new Map<string, Kept>())
  const durations: number[] = []
  const queriesBefore = shop.queries()
  /** Work that goes on after a response, such as a refresh. */
  const background: Promise<unknown>[] = []
  const context: Context = {
    waitUntil: (work) => void background.push(work),
    passThroughOnException() {},
    props: {},
  }

  async function visit(number: number, path: string): Promise<void> {
    const kept = browsers[number % browsers.length]?.get(path)
    const headers = kept?.etag ? { 'if-none-match': kept.etag } : {}
    const server = servers[number % servers.length] ?? servers[0]
    const start = performance.now()
    const response = await server(new Request(`http://shop${path}`, { headers }), {}, context)
    const sent = await response.text()
    durations.push(performance.now() - start)
    const body = response.status === 304 ? (kept?.body ?? '') : sent
    browsers[number % browsers.length]?.set(path, { etag: response.headers.get('etag'), body })

    figures.requests++
    figures.bytes += sent.length
    if (response.status === 304) figures.notModified++
    if (!/; hit\b/.test(response.headers.get('cache-status') ?? '')) figures.waited++
    const price = [JSON.parse(body) as Product[] | Product].flat().find(({ id }) => id === 'matcha')?.price
    if (price !== shop.priceOf('matcha')) figures.old++
  }

  for (let second = 0; second < MINUTES * 60; second += 10) {
    const price = PRICE_CHANGES.get(second)
    if (price !== undefined) {
      const write = { method: 'PUT', body: String(price) }
      await servers[0](new Request('http://shop/products/matcha', write), {}, context)
      await new Promise((resolve) => setTimeout(resolve, messageMs))
    }
    if (second % 20 === 0) {
      const first = second / 2 // ten visitors per 20 seconds
      const paths = Array.from({ length: 10 }, (_, i) => (i < 8 ? '/products' : '/products/matcha'))
      await Promise.all(paths.map((path, i) => visit(first + i, path)))
    }
    await Promise.all(background.splice(0))
    shop.wait(10)
  }
  figures.queries = shop.queries() - queriesBefore
  print(figures)
  if (process.env.QUERY_MS !== undefined) printTimes(durations)
}

function print(figures: Record<string, number>): void {
  const titles = {
    requests: 'requests',
    queries: 'queries of the database',
    waited: 'waited for the database',
    notModified: 'answered with 304',
    bytes: 'bytes of bodies sent',
    old: 'old prices shown',
  }
  for (const [name, title] of Object.entries(titles)) {
    console.log(title.padEnd(25) + (figures[name] ?? 0).toLocaleString('en-US').padStart(9))
  }
}

/** Times differ in every run, so they are printed only where a query takes time. */
function printTimes(durations: number[]): void {
  const sorted = durations.sort((a, b) => a - b)
  const [median = 0, slowest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  console.log(`median ${median.toFixed(2)} ms, slowest ${slowest.toFixed(1)} ms`)
}
