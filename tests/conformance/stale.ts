/** RFC 5861: stale-while-revalidate and stale-if-error. */
import { date, type Row } from './row.ts'

const SWR = { 'cache-control': 'max-age=60, stale-while-revalidate=60', etag: '"a"' }
const SIE = { 'cache-control': 'max-age=60, stale-if-error=60', etag: '"a"' }
const FORBIDDING = ['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache']

export const stale: Row[] = [
  {
    name: 'RFC 5861 §3 stale-while-revalidate serves a stale response and refreshes it in the background',
    essential: true,
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      {
        after: 61,
        expect: { from: 1, headers: { age: '61' }, cacheStatus: { hit: true, ttl: -1 } },
        handlerCalls: true,
      },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 stale-while-revalidate serves a stale response until its window ends',
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      { after: 119, expect: { from: 1 }, handlerCalls: true },
    ],
  },
  {
    name: 'RFC 5861 §3 stale-while-revalidate serves nothing after its window',
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      { after: 121, expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 the refresh sends the stored validators, without the client’s conditions',
    essential: true,
    steps: [
      { handler: { headers: SWR, body: 'stored' }, expect: { from: 1 } },
      {
        after: 61,
        send: { 'if-none-match': '"a"', range: 'bytes=0-0', 'if-range': '"a"' },
        handler: { status: 304, headers: SWR },
        expect: { status: 304, body: '' },
        handlerCalls: { 'if-none-match': '"a"', range: null, 'if-range': null },
      },
      { after: 59, expect: { from: 1, headers: { age: '59' } } },
    ],
  },
  {
    name: 'RFC 5861 §3 a HEAD request refreshes the complete response',
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      { after: 61, method: 'HEAD', expect: { from: 1 }, handlerCalls: true },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 the stored response is served further if the refresh fails',
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      { after: 61, handler: { throws: true }, expect: { from: 1 }, handlerCalls: true },
      { after: 1, handler: { status: 503 }, expect: { from: 1 }, handlerCalls: true },
      { after: 2, handler: { headers: SWR }, expect: { from: 1 }, handlerCalls: true },
      { expect: { from: 4 } },
    ],
  },
  {
    name: 'RFC 5861 §3 the stored response is removed if the refresh gets one that must not be stored',
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      {
        after: 61,
        handler: { headers: { 'cache-control': 'private' } },
        expect: { from: 1 },
        handlerCalls: true,
      },
      { handler: { throws: true }, expect: { from: 3 } },
    ],
  },
  {
    name: 'RFC 5861 §3 one of several concurrent requests starts the refresh',
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      { after: 61, clients: 5, expect: { from: 1 }, handlerCalls: 1 },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 an invalid stale-while-revalidate allows no stale response',
    steps: [
      {
        handler: { headers: { 'cache-control': 'max-age=60, stale-while-revalidate=x' } },
        expect: { from: 1 },
      },
      { after: 61, expect: { from: 2 } },
    ],
  },
  ...FORBIDDING.map((directive) => ({
    name: `RFC 9111 §4.2.4 ${directive} forbids stale-while-revalidate`,
    steps: [
      {
        handler: { headers: { ...SWR, 'cache-control': `${SWR['cache-control']}, ${directive}` } },
        expect: { from: 1 },
      },
      { after: 61, expect: { from: 2 } },
    ],
  })),
  {
    name: 'RFC 5861 §3 only-if-cached gets the stale response and starts no refresh (own choice)',
    steps: [
      { handler: { headers: SWR }, expect: { from: 1 } },
      { after: 61, send: { 'cache-control': 'only-if-cached' }, expect: { status: [200, 504] } },
    ],
  },

  ...[500, 502, 503, 504].map((status) => ({
    name: `RFC 5861 §4 stale-if-error serves the stored response if the handler responds with ${status}`,
    ...(status === 503 && { essential: true as const }),
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      {
        after: 61,
        handler: { status },
        expect: { from: 1, headers: { age: '61' } },
        handlerCalls: { 'if-none-match': '"a"' },
      },
      { after: 58, expect: { from: 1 }, handlerCalls: true },
    ],
  })),
  {
    name: 'RFC 5861 §4 stale-if-error serves the stored response if the handler throws',
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      {
        after: 61,
        handler: { throws: true },
        expect: { from: 1, headers: { age: '61' } },
        handlerCalls: true,
      },
    ],
  },
  {
    name: 'RFC 5861 §4 stale-if-error serves the stored response if the body fails before it is sent',
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      { after: 61, handler: { headers: SIE, bodyFails: true }, expect: { from: 1 }, handlerCalls: true },
    ],
  },
  {
    name: 'RFC 5861 §4 stale-if-error applies to HEAD and to conditional requests',
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      { after: 61, method: 'HEAD', handler: { throws: true }, expect: { from: 1 }, handlerCalls: true },
      {
        after: 1,
        send: { 'if-none-match': '"a"' },
        handler: { throws: true },
        expect: { status: 304, body: '' },
        handlerCalls: true,
      },
    ],
  },
  {
    name: 'RFC 5861 §4 stale-if-error serves nothing after its window',
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      { after: 121, handler: { status: 503 }, expect: { from: 2 } },
    ],
  },
  ...[404, 400, 429, 501, 505].map((status) => ({
    name: `RFC 5861 §4 stale-if-error does not apply to status ${status}`,
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      { after: 61, handler: { status }, expect: { from: 2 } },
    ],
  })),
  {
    name: 'RFC 5861 §4 a fresh response is served without a call of the handler',
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      { after: 59, handler: { throws: true }, expect: { from: 1 } },
    ],
  },
  ...FORBIDDING.map((directive) => ({
    name: `RFC 9111 §4.2.4 ${directive} forbids stale-if-error`,
    steps: [
      {
        handler: { headers: { ...SIE, 'cache-control': `${SIE['cache-control']}, ${directive}` } },
        expect: { from: 1 },
      },
      { after: 61, handler: { throws: true }, expect: { status: [500, 504] }, handlerCalls: true },
    ],
  })),
  {
    name: 'RFC 5861 §4 stale-if-error may be in a targeted header',
    steps: [
      {
        handler: {
          headers: { 'cdn-cache-control': 'max-age=60, stale-if-error=60', 'cache-control': 'max-age=60' },
        },
        expect: { from: 1 },
      },
      { after: 61, handler: { throws: true }, expect: { from: 1 }, handlerCalls: true },
    ],
  },
  {
    name: 'RFC 5861 §4 the window of stale-if-error begins at Expires',
    steps: [
      {
        handler: { headers: { expires: date(60), 'cache-control': 'stale-if-error=60' } },
        expect: { from: 1 },
      },
      { after: 119, handler: { throws: true }, expect: { from: 1 }, handlerCalls: true },
      { after: 2, handler: { throws: true }, expect: { from: 3 } },
    ],
  },
  {
    name: 'RFC 5861 §4 an invalidated response is not served on error',
    steps: [
      { handler: { headers: SIE }, expect: { from: 1 } },
      { method: 'POST', handler: {}, expect: { from: 2 } },
      { handler: { throws: true }, expect: { from: 3 } },
    ],
  },
]
