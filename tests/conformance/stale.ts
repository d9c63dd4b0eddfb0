/** RFC 5861: stale answers that something allows. */
import { date, type Row } from './row.ts'

const SWR = { 'cache-control': 'max-age=60, stale-while-revalidate=60', etag: '"a"' }
const SIE = { 'cache-control': 'max-age=60, stale-if-error=60', etag: '"a"' }
const FORBIDDING = ['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache']

export const stale: Row[] = [
  {
    name: 'RFC 5861 §3 stale-while-revalidate answers at once, and refreshes behind',
    essential: true,
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      {
        after: 61,
        sees: { from: 1, fields: { age: '61' }, cacheStatus: { hit: true, ttl: -1 } },
        asks: true,
      },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 up to the end of its time',
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      { after: 119, sees: { from: 1 }, asks: true },
    ],
  },
  {
    name: 'RFC 5861 §3 and no longer',
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      { after: 121, sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 the handler is asked with what is kept, and without what the client has',
    essential: true,
    steps: [
      { handler: { fields: SWR, body: 'kept' }, sees: { from: 1 } },
      {
        after: 61,
        send: { 'if-none-match': '"a"', range: 'bytes=0-0', 'if-range': '"a"' },
        handler: { status: 304, fields: SWR },
        sees: { status: 304, body: '' },
        asks: { 'if-none-match': '"a"', range: null, 'if-range': null },
      },
      { after: 59, sees: { from: 1, fields: { age: '59' } } },
    ],
  },
  {
    name: 'RFC 5861 §3 for HEAD the whole is refreshed',
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      { after: 61, method: 'HEAD', sees: { from: 1 }, asks: true },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 when the refresh fails, what is kept goes on',
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      { after: 61, handler: { throws: true }, sees: { from: 1 }, asks: true },
      { after: 1, handler: { status: 503 }, sees: { from: 1 }, asks: true },
      { after: 1, handler: { fields: SWR }, sees: { from: 1 }, asks: true },
      { sees: { from: 4 } },
    ],
  },
  {
    name: 'RFC 5861 §3 when the refresh brings what may not be kept, nothing is kept any more',
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      { after: 61, handler: { fields: { 'cache-control': 'private' } }, sees: { from: 1 }, asks: true },
      { handler: { throws: true }, sees: { from: 3 } },
    ],
  },
  {
    name: 'RFC 5861 §3 many ask, and one of them refreshes',
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      { after: 61, together: 5, sees: { from: 1 }, asks: 1 },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 5861 §3 a number that is none allows nothing',
    steps: [
      { handler: { fields: { 'cache-control': 'max-age=60, stale-while-revalidate=x' } }, sees: { from: 1 } },
      { after: 61, sees: { from: 2 } },
    ],
  },
  ...FORBIDDING.map((directive) => ({
    name: `RFC 9111 §4.2.4 ${directive} forbids stale-while-revalidate`,
    steps: [
      {
        handler: { fields: { ...SWR, 'cache-control': `${SWR['cache-control']}, ${directive}` } },
        sees: { from: 1 },
      },
      { after: 61, sees: { from: 2 } },
    ],
  })),
  {
    name: 'RFC 5861 §3 only-if-cached takes it, and sets nothing in motion (ours)',
    steps: [
      { handler: { fields: SWR }, sees: { from: 1 } },
      { after: 61, send: { 'cache-control': 'only-if-cached' }, sees: { status: [200, 504] } },
    ],
  },

  ...[500, 502, 503, 504].map((status) => ({
    name: `RFC 5861 §4 stale-if-error answers with what is kept when the handler says ${status}`,
    ...(status === 503 && { essential: true as const }),
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      {
        after: 61,
        handler: { status },
        sees: { from: 1, fields: { age: '61' } },
        asks: { 'if-none-match': '"a"' },
      },
      { after: 58, sees: { from: 1 }, asks: true },
    ],
  })),
  {
    name: 'RFC 5861 §4 and when it throws',
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      { after: 61, handler: { throws: true }, sees: { from: 1, fields: { age: '61' } }, asks: true },
    ],
  },
  {
    name: 'RFC 5861 §4 and when its answer breaks off before any of it was sent',
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      { after: 61, handler: { fields: SIE, breaksOff: true }, sees: { from: 1 }, asks: true },
    ],
  },
  {
    name: 'RFC 5861 §4 HEAD and conditions are met by it',
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      { after: 61, method: 'HEAD', handler: { throws: true }, sees: { from: 1 }, asks: true },
      {
        send: { 'if-none-match': '"a"' },
        handler: { throws: true },
        sees: { status: 304, body: '' },
        asks: true,
      },
    ],
  },
  {
    name: 'RFC 5861 §4 it is over when its time is',
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      { after: 121, handler: { status: 503 }, sees: { from: 2 } },
    ],
  },
  ...[404, 400, 429, 501, 505].map((status) => ({
    name: `RFC 5861 §4 other statuses are no error: ${status}`,
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      { after: 61, handler: { status }, sees: { from: 2 } },
    ],
  })),
  {
    name: 'RFC 5861 §4 a fresh answer needs none of this',
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      { after: 59, handler: { throws: true }, sees: { from: 1 } },
    ],
  },
  ...FORBIDDING.map((directive) => ({
    name: `RFC 9111 §4.2.4 ${directive} forbids stale-if-error`,
    steps: [
      {
        handler: { fields: { ...SIE, 'cache-control': `${SIE['cache-control']}, ${directive}` } },
        sees: { from: 1 },
      },
      { after: 61, handler: { throws: true }, sees: { status: [500, 504] }, asks: true },
    ],
  })),
  {
    name: 'RFC 5861 §4 it counts in a targeted field, too',
    steps: [
      {
        handler: {
          fields: { 'cdn-cache-control': 'max-age=60, stale-if-error=60', 'cache-control': 'max-age=60' },
        },
        sees: { from: 1 },
      },
      { after: 61, handler: { throws: true }, sees: { from: 1 }, asks: true },
    ],
  },
  {
    name: 'RFC 5861 §4 it counts from the end of an Expires, too',
    steps: [
      { handler: { fields: { expires: date(60), 'cache-control': 'stale-if-error=60' } }, sees: { from: 1 } },
      { after: 119, handler: { throws: true }, sees: { from: 1 }, asks: true },
      { after: 2, handler: { throws: true }, sees: { from: 3 } },
    ],
  },
  {
    name: 'RFC 5861 §4 what was invalidated does not come back',
    steps: [
      { handler: { fields: SIE }, sees: { from: 1 } },
      { method: 'POST', handler: {}, sees: { from: 2 } },
      { handler: { throws: true }, sees: { from: 3 } },
    ],
  },
]
