/** RFC 9211: the Cache-Status header. */
import { date, type Row } from './row.ts'

const FRESH = { 'cache-control': 'max-age=60' }
const TAGGED = { ...FRESH, etag: '"a"' }
const STORED = { fwd: 'uri-miss', stored: true, ttl: 60, hit: null } as const

/** The reasons in `detail` for not storing a response. */
const REASONS: [detail: string, headers: Record<string, string>, status?: number][] = [
  ['no-store', { 'cache-control': 'no-store' }],
  ['private', { 'cache-control': 'private, max-age=60' }],
  ['no-lifetime', {}],
  ['set-cookie', { ...FRESH, 'set-cookie': 'a=1' }],
  ['vary-any', { ...FRESH, vary: '*' }],
  ['status', { ...FRESH, 'content-range': 'bytes 0-0/1' }, 206],
]

export const cacheStatus: Row[] = [
  {
    name: 'RFC 9211 §2.1 a stored response is a hit, with its remaining freshness lifetime in seconds',
    essential: true,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1, cacheStatus: STORED } },
      {
        after: 20,
        expect: { from: 1, cacheStatus: { hit: true, ttl: 40, fwd: null, stored: null, 'fwd-status': null } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.1 HEAD, a 304 and a 206 from a stored response are hits',
    steps: [
      { handler: { headers: TAGGED, body: '0123' }, expect: { from: 1 } },
      { method: 'HEAD', expect: { from: 1, cacheStatus: { hit: true } } },
      { send: { 'if-none-match': '"a"' }, expect: { status: 304, cacheStatus: { hit: true } } },
      { send: { range: 'bytes=0-1' }, expect: { status: 206, cacheStatus: { hit: true } } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=uri-miss: no response is stored',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1, cacheStatus: STORED } },
      { path: '/b', expect: { from: 2, cacheStatus: STORED } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=vary-miss: no stored response matches the request',
    steps: [
      {
        send: { 'x-a': '1' },
        handler: { headers: { ...FRESH, vary: 'x-a' } },
        expect: { from: 1, cacheStatus: STORED },
      },
      { send: { 'x-a': '2' }, expect: { from: 2, cacheStatus: { ...STORED, fwd: 'vary-miss' } } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=stale: the stored response is stale',
    essential: true,
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      { after: 61, expect: { from: 2, cacheStatus: { ...STORED, fwd: 'stale' } } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=request: the request rejects the stored response',
    options: { clientControl: true },
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1 } },
      {
        send: { 'cache-control': 'no-cache' },
        expect: { from: 2, cacheStatus: { ...STORED, fwd: 'request' } },
      },
      {
        after: 5,
        send: { 'cache-control': 'max-age=1' },
        expect: { from: 3, cacheStatus: { ...STORED, fwd: 'request' } },
      },
      {
        after: 61,
        send: { 'cache-control': 'max-age=1' },
        expect: { from: 4, cacheStatus: { ...STORED, fwd: 'stale' } }, // stale for every request
      },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=method: the method is not cacheable',
    essential: true,
    steps: [
      {
        method: 'POST',
        handler: { headers: FRESH },
        expect: { from: 1, cacheStatus: { fwd: 'method', stored: null, hit: null } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=bypass: no-store in the request bypasses the cache',
    options: { clientControl: true },
    steps: [
      {
        send: { 'cache-control': 'no-store' },
        handler: { headers: FRESH },
        expect: { from: 1, cacheStatus: { fwd: 'bypass', stored: null } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.3 fwd-status is the status of the handler if the client gets another response: 304',
    essential: true,
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1, cacheStatus: { 'fwd-status': null } } },
      {
        after: 61,
        handler: { status: 304, headers: TAGGED },
        expect: { from: 1, cacheStatus: { fwd: 'stale', 'fwd-status': 304, hit: null } },
        handlerCalls: true,
      },
    ],
  },
  {
    name: 'RFC 9211 §2.3 fwd-status is the status of the handler if the client gets another response: 503',
    steps: [
      { handler: { headers: { 'cache-control': 'max-age=60, stale-if-error=60' } }, expect: { from: 1 } },
      {
        after: 70,
        handler: { status: 503 },
        expect: {
          from: 1,
          cacheStatus: { fwd: 'stale', 'fwd-status': 503, ttl: -10, stored: null, detail: /./ },
        },
        handlerCalls: true,
      },
    ],
  },
  {
    name: 'RFC 9211 §2.3 fwd-status is the status of the handler if the client gets another response: 200',
    steps: [
      {
        send: { 'if-none-match': '"a"' },
        handler: { headers: TAGGED },
        expect: { status: 304, cacheStatus: { fwd: 'uri-miss', 'fwd-status': 200 } },
        handlerCalls: true,
      },
    ],
  },
  {
    name: 'RFC 9211 §2.4 ttl is negative for a stale response',
    steps: [
      {
        handler: { headers: { 'cache-control': 'max-age=60, stale-while-revalidate=60' } },
        expect: { from: 1 },
      },
      { after: 70, expect: { from: 1, cacheStatus: { hit: true, ttl: -10 } }, handlerCalls: true },
    ],
  },
  {
    name: 'RFC 9211 §2.4 ttl subtracts the Age of the handler’s response',
    steps: [
      {
        handler: { headers: { ...FRESH, age: '20' } },
        expect: { from: 1, cacheStatus: { ...STORED, ttl: 40 } },
      },
    ],
  },
  ...REASONS.map(
    ([detail, headers, status = 200]): Row => ({
      name: `RFC 9211 §2.8 stored is absent for a response that is not stored, and detail is the reason: ${detail} (own choice)`,
      steps: [
        {
          handler: { status, headers },
          expect: { from: 1, cacheStatus: { fwd: 'uri-miss', stored: null, ttl: null, detail } },
        },
      ],
    }),
  ),
  {
    name: 'RFC 9211 §2.8 detail is the reason for not storing a response to Authorization (own choice)',
    steps: [
      {
        send: { authorization: 'Bearer t' },
        handler: { headers: FRESH },
        expect: { from: 1, cacheStatus: { fwd: 'uri-miss', stored: null, detail: /authorization/ } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.8 detail is only-if-cached if no response is stored (own choice)',
    steps: [
      {
        send: { 'cache-control': 'only-if-cached' },
        expect: { status: 504, cacheStatus: { hit: null, stored: null, detail: 'only-if-cached' } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.6 collapsed marks the requests that shared a load',
    steps: [
      {
        clients: 10,
        handler: { headers: FRESH },
        expect: { from: 1, collapsed: 9, cacheStatus: { fwd: 'uri-miss' } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.6 collapsed is absent if the response must not be shared',
    steps: [
      {
        clients: 10,
        handler: { headers: { 'cache-control': 'private' } },
        expect: { from: 1, collapsed: 0 },
        handlerCalls: 10,
      },
    ],
  },
  {
    name: 'RFC 9211 §2 the handler’s own members come before the one of hitrate',
    steps: [
      {
        handler: { headers: { ...FRESH, 'cache-status': 'origin; hit; ttl=5' } },
        expect: {
          from: 1,
          headers: { 'cache-status': /^origin; hit; ttl=5, hitrate; / },
          cacheStatus: STORED,
        },
      },
      {
        expect: {
          from: 1,
          headers: { 'cache-status': /^origin; hit; ttl=5, hitrate; / },
          cacheStatus: { hit: true },
        },
      },
      {
        path: '/b',
        handler: { headers: { 'cache-control': 'no-store', 'cache-status': ['a; hit', 'b; hit'] } },
        expect: { from: 3, headers: { 'cache-status': /^a; hit, b; hit, hitrate; / } },
      },
      {
        method: 'POST',
        handler: { headers: { 'cache-status': 'origin; fwd=method' } },
        expect: { from: 4, headers: { 'cache-status': /^origin; fwd=method, hitrate; / } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2 the response to an error of the handler has the header',
    steps: [
      { handler: { throws: true }, expect: { from: 1, cacheStatus: { fwd: 'uri-miss', stored: null } } },
    ],
  },
  {
    name: 'RFC 9211 §2.7 key is present with the option debug (own choice)',
    options: { debug: true },
    steps: [
      { path: '/b?x', handler: { headers: FRESH }, expect: { from: 1, cacheStatus: { key: /\/b\?x/ } } },
      { path: '/b?x', expect: { from: 1, cacheStatus: { key: /\/b\?x/ } } },
    ],
  },
  {
    name: 'RFC 9211 §2.7 key is absent without the option debug (own choice)',
    steps: [
      { handler: { headers: FRESH }, expect: { from: 1, cacheStatus: { key: null } } },
      { expect: { from: 1, cacheStatus: { key: null } } },
    ],
  },
  {
    name: 'RFC 9211 §2.4 ttl contains a heuristic lifetime',
    steps: [
      { handler: { headers: { 'last-modified': date(-600) } }, expect: { from: 1, cacheStatus: STORED } },
      { after: 9, expect: { from: 1, cacheStatus: { hit: true, ttl: 51 } } },
    ],
  },
]
