/** RFC 9111 §4.3: revalidation of a stored response with the handler. */
import { date, type Row, type RowHeaders } from './row.ts'

const CONTROL = { 'cache-control': 'max-age=60' }
const TAGGED = { ...CONTROL, etag: '"a"' }
const DATED = { ...CONTROL, 'last-modified': date(-600) }
const STALE = 61
/** The handler's response to a request with the current tag. */
const NOT_MODIFIED = { status: 304, headers: TAGGED }

/** Stores a response, revalidates it once it is stale, and requests it again. @param stored its headers. @param on304 headers of the 304. */
function revalidated(
  name: string,
  stored: RowHeaders,
  on304: RowHeaders,
  expect: Row['steps'][number]['expect']['headers'],
): Row {
  return {
    name,
    steps: [
      { handler: { headers: { ...TAGGED, ...stored }, body: 'stored' }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, headers: { etag: '"a"', ...on304 } },
        expect: { from: 1, ...(expect && { headers: expect }) },
        handlerCalls: { 'if-none-match': '"a"' },
      },
      { after: 1, expect: { from: 1, ...(expect && { headers: expect }) } },
    ],
  }
}

export const validation: Row[] = [
  {
    name: 'RFC 9111 §4.3.1 a stale response with a tag is revalidated with If-None-Match, and is fresh after a 304',
    essential: true,
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      { after: STALE, handler: NOT_MODIFIED, expect: { from: 1 }, handlerCalls: { 'if-none-match': '"a"' } },
      { after: 59, expect: { from: 1, headers: { age: '59' } } },
      { after: 1, expect: { from: 1 }, handlerCalls: { 'if-none-match': '"a"' } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a stale response with Last-Modified is revalidated with If-Modified-Since',
    essential: true,
    steps: [
      { handler: { headers: DATED }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, headers: DATED },
        expect: { from: 1 },
        handlerCalls: { 'if-modified-since': date(-600) },
      },
      { after: 59, expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a stale response with both validators is revalidated with both',
    steps: [
      { handler: { headers: { ...TAGGED, ...DATED } }, expect: { from: 1 } },
      {
        after: STALE,
        handler: NOT_MODIFIED,
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': '"a"', 'if-modified-since': date(-600) },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 validators are sent as they were received',
    steps: [
      {
        handler: { headers: { ...CONTROL, etag: 'W/"a, b"', 'last-modified': 'Sun Nov 22 11:50:00 2026' } },
        expect: { from: 1 },
      },
      {
        after: STALE,
        handler: { status: 304, headers: { ...CONTROL, etag: 'W/"a, b"' } },
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': 'W/"a, b"', 'if-modified-since': 'Sun Nov 22 11:50:00 2026' },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 the handler gets no validators if nothing is stored',
    steps: [
      {
        handler: { headers: TAGGED },
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': null, 'if-modified-since': null },
      },
      { path: '/b', expect: { from: 2 }, handlerCalls: { 'if-none-match': null, 'if-modified-since': null } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 the client’s own tag is compared with the revalidated response: 304',
    essential: true,
    steps: [
      { handler: { headers: { ...TAGGED, ...DATED } }, expect: { from: 1 } },
      {
        after: STALE,
        send: { 'if-none-match': '"x", "a"', 'if-modified-since': date(0), 'if-match': '"y"' },
        handler: NOT_MODIFIED,
        expect: { status: 304, body: '' },
        handlerCalls: { 'if-none-match': '"a"', 'if-modified-since': date(-600), 'if-match': null },
      },
      { expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 a client with another tag gets the complete revalidated response',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        send: { 'if-none-match': '"b"' },
        handler: NOT_MODIFIED,
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': '"a"' },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 a client with the new tag gets a 304 when the response is replaced',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        send: { 'if-none-match': '"b"' },
        handler: { headers: { ...CONTROL, etag: '"b"' } },
        expect: { status: 304, body: '' },
        handlerCalls: { 'if-none-match': '"a"' },
      },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 HEAD revalidates a stale response, which is then fresh for GET',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        method: 'HEAD',
        handler: NOT_MODIFIED,
        expect: { from: 1, headers: { 'content-length': '1' } },
        handlerCalls: { 'if-none-match': '"a"' },
      },
      { expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 only the matching variant is revalidated',
    steps: [
      { send: { 'x-a': '1' }, handler: { headers: { ...TAGGED, vary: 'x-a' } }, expect: { from: 1 } },
      {
        send: { 'x-a': '2' },
        handler: { headers: { ...TAGGED, vary: 'x-a', etag: '"b"' } },
        expect: { from: 2 },
      },
      {
        after: STALE,
        send: { 'x-a': '1' },
        handler: { status: 304, headers: { ...TAGGED, vary: 'x-a' } },
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': /"a"/ },
      },
      { send: { 'x-a': '1' }, expect: { from: 1 } },
    ],
  },

  // Headers of a 304.
  revalidated(
    'RFC 9111 §3.2 a 304 replaces the headers that it contains',
    { 'x-own': 'old', expires: date(1) },
    { 'x-own': 'new', 'cache-control': 'max-age=50', expires: date(600) },
    { 'x-own': 'new', 'cache-control': 'max-age=50', expires: date(600) },
  ),
  revalidated('RFC 9111 §3.2 a 304 keeps the headers that it does not contain', { 'x-own': 'old' }, TAGGED, {
    'x-own': 'old',
    etag: '"a"',
  }),
  revalidated(
    'RFC 9111 §3.2 a 304 adds new headers',
    {},
    { ...TAGGED, 'x-own': 'new' },
    {
      'x-own': 'new',
    },
  ),
  revalidated(
    'RFC 9111 §3.2 a 304 does not change Content-Length, Content-Encoding and Content-Range',
    { 'content-encoding': 'x-own' },
    { ...TAGGED, 'content-encoding': 'x-other', 'content-range': 'bytes 0-0/9' },
    { 'content-encoding': 'x-own', 'content-range': null, 'content-length': '6' },
  ),
  revalidated(
    'RFC 9111 §3.1 hop-by-hop headers of a 304 are not stored',
    {},
    { ...TAGGED, 'proxy-authenticate': 'x', 'hitrate-cache-control': 'max-age=60' },
    { 'proxy-authenticate': null, 'hitrate-cache-control': null },
  ),
  {
    ...revalidated(
      'RFC 9111 §3.1 the headers that Connection of a 304 lists are not stored',
      { 'x-hop': 'old' },
      { ...TAGGED, connection: 'close, X-HOP', 'x-hop': 'new' },
      { 'x-hop': 'old', connection: null },
    ),
    inProcessOnly: 'servers set Connection themselves',
  },
  revalidated(
    'RFC 9111 §3.2 Date is taken from the 304',
    { date: date(0) },
    { ...TAGGED, date: date(STALE) },
    {
      date: date(STALE),
    },
  ),
  {
    name: 'RFC 6265 §3 a cookie of a 304 is sent to its own client at most (own choice)',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, headers: { ...TAGGED, 'set-cookie': 'a=1' } },
        expect: { from: 1 },
        handlerCalls: true,
      },
      { handler: { headers: TAGGED }, expect: { headers: { 'set-cookie': null } }, handlerCalls: 'either' },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 a 304 starts a new freshness lifetime from its own headers',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, headers: { etag: '"a"', 'cache-control': 'max-age=10', age: '3' } },
        expect: { from: 1 },
        handlerCalls: true,
      },
      { after: 6, expect: { from: 1, headers: { age: '9' } } },
      { after: 1, expect: { from: 1 }, handlerCalls: { 'if-none-match': '"a"' } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 the Age of the stored response is dropped after a 304',
    steps: [
      { handler: { headers: { ...TAGGED, age: '50' } }, expect: { from: 1 } },
      {
        after: 11,
        handler: { status: 304, headers: { etag: '"a"' } },
        expect: { from: 1 },
        handlerCalls: true,
      },
      { after: 59, expect: { from: 1, headers: { age: '59' } } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 a 304 with private removes the stored response',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, headers: { etag: '"a"', 'cache-control': 'private, max-age=60' } },
        expect: { from: 1 },
        handlerCalls: true,
      },
      { handler: { headers: TAGGED }, expect: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 a 304 with another strong tag does not update the stored response',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, headers: { ...CONTROL, etag: '"b"' } },
        expect: {},
        handlerCalls: 'either',
      },
      { handler: { headers: TAGGED }, expect: { from: 3 } },
    ],
  },

  // Responses other than 304.
  {
    name: 'RFC 9111 §4.3.3 a 200 replaces the stored response and its validators',
    essential: true,
    steps: [
      { handler: { headers: { ...TAGGED, 'x-own': 'old' } }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { headers: { ...CONTROL, etag: '"b"' } },
        expect: { from: 2, headers: { 'x-own': null, etag: '"b"' } },
        handlerCalls: { 'if-none-match': '"a"' },
      },
      { expect: { from: 2, headers: { 'x-own': null } } },
      { after: STALE, expect: { from: 4 }, handlerCalls: { 'if-none-match': '"b"' } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 a 404 replaces the stored response',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      { after: STALE, handler: { status: 404, headers: CONTROL }, expect: { from: 2 } },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 a 500 is sent to the client if no stale response is allowed',
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        after: STALE,
        handler: { status: 500 },
        expect: { from: 2 },
        handlerCalls: { 'if-none-match': '"a"' },
      },
    ],
  },

  // no-cache, and responses that are stale when received.
  {
    name: 'RFC 9111 §5.2.2.4 a response with no-cache is stored and revalidated each time',
    essential: true,
    steps: [
      { handler: { headers: { 'cache-control': 'no-cache, max-age=60', etag: '"a"' } }, expect: { from: 1 } },
      {
        handler: { status: 304, headers: { etag: '"a"' } },
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': '"a"' },
      },
      { expect: { from: 1 }, handlerCalls: { 'if-none-match': '"a"' } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 a response with no-cache and without a lifetime is stored and revalidated',
    steps: [
      {
        handler: { headers: { 'cache-control': 'No-Cache', 'last-modified': date(-600) } },
        expect: { from: 1 },
      },
      {
        handler: { status: 304, headers: {} },
        expect: { from: 1 },
        handlerCalls: { 'if-modified-since': date(-600) },
      },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 a changed response with no-cache replaces the stored one',
    steps: [
      { handler: { headers: { 'cache-control': 'no-cache', etag: '"a"' } }, expect: { from: 1 } },
      {
        handler: { headers: { 'cache-control': 'no-cache', etag: '"b"' } },
        expect: { from: 2 },
        handlerCalls: { 'if-none-match': '"a"' },
      },
      { expect: { from: 3 }, handlerCalls: { 'if-none-match': '"b"' } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 stale-while-revalidate does not apply to a response with no-cache',
    steps: [
      {
        handler: { headers: { 'cache-control': 'no-cache, stale-while-revalidate=60', etag: '"a"' } },
        expect: { from: 1 },
      },
      { expect: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 a 304 without no-cache makes the stored response fresh',
    steps: [
      { handler: { headers: { 'cache-control': 'no-cache', etag: '"a"' } }, expect: { from: 1 } },
      { handler: NOT_MODIFIED, expect: { from: 1 }, handlerCalls: true },
      { expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a response that is stale when received is stored for revalidation',
    steps: [
      { handler: { headers: { 'cache-control': 'max-age=0', etag: '"a"' } }, expect: { from: 1 } },
      {
        handler: { status: 304, headers: { 'cache-control': 'max-age=0', etag: '"a"' } },
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': '"a"' },
      },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.2 a response with must-revalidate is revalidated only when it is stale',
    steps: [
      {
        handler: { headers: { 'cache-control': 'must-revalidate, max-age=60', etag: '"a"' } },
        expect: { from: 1 },
      },
      { after: 59, expect: { from: 1 } },
      { after: 1, handler: { status: 304 }, expect: { from: 1 }, handlerCalls: { 'if-none-match': '"a"' } },
      { after: 59, expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.4 no-cache in a request revalidates a fresh response',
    options: { clientControl: true },
    steps: [
      { handler: { headers: TAGGED }, expect: { from: 1 } },
      {
        send: { 'cache-control': 'no-cache' },
        handler: NOT_MODIFIED,
        expect: { from: 1 },
        handlerCalls: { 'if-none-match': '"a"' },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a handler that ignores the validators responds with the complete response',
    steps: [
      { handler: { headers: CONTROL }, expect: { from: 1 } },
      { after: STALE, expect: { from: 2 } },
      { expect: { from: 2 } },
    ],
  },
]
