/** Requests that the proxy does not forward. */
import type { MiddlewareHandler } from 'hono'
import { titledProblem } from '../http/endpoints/problem.ts'
import { isLoop } from './headers/via.ts'

/** Refuses upgrades to WebSockets and CONNECT (501), TRACE (405), and requests that this proxy has sent itself (508). */
export function refusedRequests(pseudonym: string): MiddlewareHandler {
  return async function refusedRequests({ req }, next) {
    const { headers, method } = req.raw
    if (/\bwebsocket\b/i.test(headers.get('upgrade') ?? '')) {
      return refusal(
        501,
        'Not Implemented',
        'This proxy does not forward WebSockets: connect to the upstream itself',
      )
    }
    if (method === 'CONNECT') return refusal(501, 'Not Implemented', 'This proxy makes no tunnels')
    if (method === 'TRACE') {
      return refusal(405, 'Method Not Allowed', 'This proxy does not forward TRACE', {
        allow: 'GET, HEAD, POST',
      })
    }
    if (isLoop(headers.get('via'), pseudonym)) {
      return refusal(508, 'Loop Detected', 'The upstream of this proxy leads back to the proxy')
    }
    return next()
  }
}

function refusal(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return titledProblem(status, title, detail, undefined, { 'cache-control': 'no-store', ...headers })
}
