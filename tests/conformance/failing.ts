/** Handlers that fail: the responses that concurrent requests share. RFC 9111 §4 lets a cache collapse requests. */
import type { Row, RowHeaders } from './row.ts'

/** A row in which four clients get one response of a failing handler. */
function sharedFailure(name: string, status: number, headers: RowHeaders = {}): Row {
  return {
    name: `RFC 9111 §4 (own choice) ${name}`, // not essential: requests on Workers share no load
    steps: [
      { clients: 4, handler: { status, headers }, expect: { from: 1, collapsed: 3 } },
      // Nothing was stored, and the next requests wait for each other again.
      { clients: 4, expect: { from: 2, collapsed: 3 } },
    ],
  }
}

/** A row in which four clients each get their own response. */
function ownFailure(name: string, status: number, headers: RowHeaders): Row {
  return {
    name: `RFC 9111 §4 (own choice) ${name}`,
    steps: [{ clients: 4, handler: { status, headers }, expect: { from: 1, collapsed: 0 }, handlerCalls: 4 }],
  }
}

export const failing: Row[] = [
  sharedFailure('requests that wait for a handler share its 503 without a lifetime', 503),
  sharedFailure('requests that wait for a handler share its 404 without a lifetime', 404),
  sharedFailure('requests that wait for a handler share its expired 500', 500, {
    'cache-control': 'max-age=0',
  }),
  ownFailure('a 503 with Set-Cookie is not shared', 503, { 'set-cookie': 'a=1' }),
  ownFailure('a private 503 is not shared', 503, { 'cache-control': 'private' }),
  ownFailure('a 404 with no-store is not shared', 404, { 'cache-control': 'no-store' }),
  ownFailure('a 503 with no-cache is not shared', 503, { 'cache-control': 'no-cache' }),
  ownFailure('a 503 with Vary: * is not shared', 503, { vary: '*' }),
  ownFailure('a 200 without a lifetime is not shared', 200, {}),
  ownFailure('a 302 without a lifetime is not shared', 302, { location: '/other' }),
  {
    name: 'RFC 9111 §3.5 (own choice) a 503 to a request with Authorization is not shared',
    steps: [
      {
        clients: 4,
        send: { authorization: 'Basic eDp5' },
        handler: { status: 503 },
        expect: { from: 1, collapsed: 0 },
        handlerCalls: 4,
      },
    ],
  },
  {
    name: 'RFC 5861 §4 one call of a failing handler answers all clients with the stale response',
    steps: [
      { handler: { headers: { 'cache-control': 'max-age=60, stale-if-error=60' } }, expect: { from: 1 } },
      {
        after: 61,
        clients: 4,
        handler: { status: 503 },
        expect: { from: 1, headers: { age: '61' } },
        handlerCalls: 1,
      },
    ],
  },
  {
    name: 'RFC 5861 §4 (own choice) a stored 503 does not stand in for a newer 503',
    essential: true,
    steps: [
      {
        handler: { status: 503, headers: { 'cache-control': 'max-age=30, stale-if-error=600' } },
        expect: { from: 1 },
      },
      { after: 10, expect: { from: 1 } },
      { after: 30, expect: { from: 3 } },
    ],
  },
  {
    name: 'RFC 5861 §4 (own choice) a stored 404 stands in for a newer 503',
    steps: [
      {
        handler: { status: 404, headers: { 'cache-control': 'max-age=30, stale-if-error=600' } },
        expect: { from: 1 },
      },
      { after: 31, handler: { status: 503 }, expect: { from: 1 }, handlerCalls: 1 },
    ],
  },
  {
    name: 'RFC 9213 §2 (own choice) targetedControl gives lifetimes by status and by class',
    options: { targetedControl: { 404: 'max-age=30', '5xx': 'max-age=2' } },
    steps: [
      { handler: { status: 404 }, expect: { from: 1, cacheStatus: { ttl: 30, stored: true } } },
      { after: 29, expect: { from: 1 } },
      { after: 2, handler: { status: 503 }, expect: { from: 3, cacheStatus: { ttl: 2, stored: true } } },
      { after: 1, expect: { from: 3 } },
      { after: 2, handler: { status: 200 }, expect: { from: 5, cacheStatus: { detail: 'no-lifetime' } } },
    ],
  },
]
