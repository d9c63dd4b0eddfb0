/** A server on loopback with a path for each kind of response that a check explains. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

type Respond = (request: IncomingMessage, response: ServerResponse) => void

/** The `Date` of all responses, epoch ms. */
export const NOW = Date.UTC(2026, 5, 1)

const BODY = 'The same for everyone.\n'

/** Headers and body for every request. */
function fixed(headers: Record<string, string | string[]>, status = 200, body = BODY): Respond {
  return (_request, response) => void response.writeHead(status, headers).end(body)
}

/** As {@link fixed}, and a 304 if the condition holds. */
function validated(etag: string, headers: Record<string, string>): Respond {
  return (request, response) => {
    const isMatch = request.headers['if-none-match'] === etag
    response.writeHead(isMatch ? 304 : 200, { etag, ...headers }).end(isMatch ? undefined : BODY)
  }
}

const GERMAN = /^(de|ja)/

/** By path. */
export const responses: Readonly<Record<string, Respond>> = {
  '/max-age': validated('"1"', { 'cache-control': 'public, max-age=60', 'content-type': 'text/plain' }),
  '/nothing': fixed({}),
  '/private': fixed({ 'cache-control': 'private, max-age=60' }),
  '/no-store': fixed({ 'cache-control': 'no-store', pragma: 'no-cache', expires: '0' }),
  '/set-cookie': fixed({ 'cache-control': 'max-age=60', 'set-cookie': ['a=1', 'b=2'] }),
  '/vary-any': fixed({ 'cache-control': 'max-age=60', vary: '*' }),
  '/expired': fixed({ 'cache-control': 'max-age=0' }),
  '/confirmed': validated('"1"', { 'cache-control': 'no-cache' }),
  '/unconfirmed': fixed({ 'cache-control': 'max-age=0', etag: '"1"' }),
  '/no-cache': fixed({ 'cache-control': 'no-cache' }),
  '/events': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
  },
  '/redirect': fixed({ 'cache-control': 'max-age=3600', location: '/max-age' }, 301, ''),
  '/error': fixed({}, 500),
  '/missing': fixed({ 'cache-control': 'max-age=10' }, 404),
  '/stale': fixed({
    'cache-control': 'max-age=60, stale-while-revalidate=600, stale-if-error=86400, immutable, max-stale=x',
  }),
  '/shared': fixed({ 'cache-control': 's-maxage=120, max-age=0', expires: 'Thu, 01 Jan 2026 00:00:00 GMT' }),
  '/behind-caches': fixed({
    'cdn-cache-control': 'max-age=600',
    'cache-control': 'no-store',
    age: '100',
    'cache-status': '"edge, 1"; fwd=miss, shield; hit; ttl=500',
    'x-cache': 'HIT from squid',
    'cf-cache-status': 'DYNAMIC',
    via: '1.1 varnish',
  }),
  '/expires': fixed({ expires: new Date(NOW + 600_000).toUTCString() }),
  '/modified': fixed({ 'last-modified': new Date(NOW - 10 * 86_400_000).toUTCString() }),
  '/language': (request, response) => {
    const language = GERMAN.test(request.headers['accept-language'] ?? '') ? 'de' : 'en'
    const headers = { 'cache-control': 'max-age=60', vary: 'Accept-Language', 'content-language': language }
    response.writeHead(200, headers).end(language)
  },
  '/undeclared-language': (request, response) => {
    const isGerman = GERMAN.test(request.headers['accept-language'] ?? '')
    response.writeHead(200, { 'cache-control': 'max-age=60' }).end(isGerman ? 'Hallo' : 'Hello')
  },
  '/undeclared-coding': (request, response) => {
    const isZipped = request.headers['accept-encoding']?.includes('gzip') ?? false
    const coding = isZipped ? { 'content-encoding': 'gzip' } : {}
    response
      .writeHead(200, { 'cache-control': 'max-age=60', ...coding })
      .end(isZipped ? gzipSync(BODY) : BODY)
  },
  '/cookie': (request, response) => {
    const headers = { 'cache-control': 'max-age=60', vary: 'Cookie, User-Agent' }
    response.writeHead(200, headers).end(`Hello ${request.headers.cookie ?? 'stranger'}`)
  },
  '/different': createCounter(),
  '/pragma': fixed({ pragma: 'no-cache' }),
  '/found': fixed({ location: '/max-age' }, 302, ''),
  '/escapes': fixed({ 'cache-control': 'max-age=60', 'x-cache': '\u009b31mHIT\u009d0;title\u009c' }),
  '/head': (request, response) => {
    const status = request.method === 'HEAD' ? 405 : 200
    response.writeHead(status, { 'cache-control': 'max-age=60' }).end(BODY)
  },
}

/** A response that differs at each request. */
function createCounter(): Respond {
  let count = 0
  return (_request, response) => {
    count++
    response.writeHead(200, { 'cache-control': 'max-age=60' }).end(`Request ${count}`)
  }
}

export interface Origin {
  url: string
  close: () => void
}

/** @param date the `Date` of all responses, epoch ms. */
export async function openOrigin(date = NOW): Promise<Origin> {
  const server = createServer((request, response) => {
    const respond = responses[request.url ?? '']
    response.setHeader('date', new Date(date).toUTCString())
    if (respond === undefined) request.socket.destroy()
    else respond(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
