/** RFC 9111 §4.3: a kept answer that may not serve as it is is validated with the handler. */
import { date, type Fields, type Row } from './row.ts'

const CONTROL = { 'cache-control': 'max-age=60' }
const TAGGED = { ...CONTROL, etag: '"a"' }
const DATED = { ...CONTROL, 'last-modified': date(-600) }
const STALE = 61
/** As a handler answers that was asked with the tag of what it has. */
const UNCHANGED = { status: 304, fields: TAGGED }

/** What is kept gets stale, and the handler says 304 with these fields; then a client sees it again. */
function freshened(
  name: string,
  kept: Fields,
  on304: Fields,
  sees: Row['steps'][number]['sees']['fields'],
): Row {
  return {
    name,
    steps: [
      { handler: { fields: { ...TAGGED, ...kept }, body: 'kept' }, sees: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, fields: { etag: '"a"', ...on304 } },
        sees: { from: 1, ...(sees && { fields: sees }) },
        asks: { 'if-none-match': '"a"' },
      },
      { after: 1, sees: { from: 1, ...(sees && { fields: sees }) } },
    ],
  }
}

export const validation: Row[] = [
  {
    name: 'RFC 9111 §4.3.1 a stale answer with a tag is asked for with If-None-Match, and a 304 lets it serve again',
    essential: true,
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      { after: STALE, handler: UNCHANGED, sees: { from: 1 }, asks: { 'if-none-match': '"a"' } },
      { after: 59, sees: { from: 1, fields: { age: '59' } } },
      { after: 1, sees: { from: 1 }, asks: { 'if-none-match': '"a"' } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 one with a date is asked for with If-Modified-Since',
    essential: true,
    steps: [
      { handler: { fields: DATED }, sees: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, fields: DATED },
        sees: { from: 1 },
        asks: { 'if-modified-since': date(-600) },
      },
      { after: 59, sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 one with both is asked for with both',
    steps: [
      { handler: { fields: { ...TAGGED, ...DATED } }, sees: { from: 1 } },
      {
        after: STALE,
        handler: UNCHANGED,
        sees: { from: 1 },
        asks: { 'if-none-match': '"a"', 'if-modified-since': date(-600) },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 the validators are sent as they came',
    steps: [
      {
        handler: { fields: { ...CONTROL, etag: 'W/"a, b"', 'last-modified': 'Sun Nov 22 11:50:00 2026' } },
        sees: { from: 1 },
      },
      {
        after: STALE,
        handler: { status: 304, fields: { ...CONTROL, etag: 'W/"a, b"' } },
        sees: { from: 1 },
        asks: { 'if-none-match': 'W/"a, b"', 'if-modified-since': 'Sun Nov 22 11:50:00 2026' },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a fresh one is asked for without, where nothing is kept',
    steps: [
      {
        handler: { fields: TAGGED },
        sees: { from: 1 },
        asks: { 'if-none-match': null, 'if-modified-since': null },
      },
      { path: '/b', sees: { from: 2 }, asks: { 'if-none-match': null, 'if-modified-since': null } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 the client’s own conditions are for its own answer: it is told that it has it',
    essential: true,
    steps: [
      { handler: { fields: { ...TAGGED, ...DATED } }, sees: { from: 1 } },
      {
        after: STALE,
        send: { 'if-none-match': '"x", "a"', 'if-modified-since': date(0), 'if-match': '"y"' },
        handler: UNCHANGED,
        sees: { status: 304, body: '' },
        asks: { 'if-none-match': '"a"', 'if-modified-since': date(-600), 'if-match': null },
      },
      { sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 or gets the whole, when it has another',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        after: STALE,
        send: { 'if-none-match': '"b"' },
        handler: UNCHANGED,
        sees: { from: 1 },
        asks: { 'if-none-match': '"a"' },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 or is told that it has the new one',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        after: STALE,
        send: { 'if-none-match': '"b"' },
        handler: { fields: { ...CONTROL, etag: '"b"' } },
        sees: { status: 304, body: '' },
        asks: { 'if-none-match': '"a"' },
      },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 HEAD has a stale answer validated, and GET finds it fresh',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        after: STALE,
        method: 'HEAD',
        handler: UNCHANGED,
        sees: { from: 1, fields: { 'content-length': '1' } },
        asks: { 'if-none-match': '"a"' },
      },
      { sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 of several variants the right one is validated',
    steps: [
      { send: { 'x-a': '1' }, handler: { fields: { ...TAGGED, vary: 'x-a' } }, sees: { from: 1 } },
      {
        send: { 'x-a': '2' },
        handler: { fields: { ...TAGGED, vary: 'x-a', etag: '"b"' } },
        sees: { from: 2 },
      },
      {
        after: STALE,
        send: { 'x-a': '1' },
        handler: { status: 304, fields: { ...TAGGED, vary: 'x-a' } },
        sees: { from: 1 },
        asks: { 'if-none-match': /"a"/ },
      },
      { send: { 'x-a': '1' }, sees: { from: 1 } },
    ],
  },

  // What a 304 changes.
  freshened(
    'RFC 9111 §3.2 a 304 replaces the fields that it has',
    { 'x-own': 'old', expires: date(1) },
    { 'x-own': 'new', 'cache-control': 'max-age=50', expires: date(600) },
    { 'x-own': 'new', 'cache-control': 'max-age=50', expires: date(600) },
  ),
  freshened('RFC 9111 §3.2 and leaves those that it does not have', { 'x-own': 'old' }, TAGGED, {
    'x-own': 'old',
    etag: '"a"',
  }),
  freshened(
    'RFC 9111 §3.2 and brings those that there were not',
    {},
    { ...TAGGED, 'x-own': 'new' },
    {
      'x-own': 'new',
    },
  ),
  freshened(
    'RFC 9111 §3.2 Content-Length, -Encoding and -Range stay',
    { 'content-encoding': 'x-own' },
    { ...TAGGED, 'content-encoding': 'x-other', 'content-range': 'bytes 0-0/9' },
    { 'content-encoding': 'x-own', 'content-range': null, 'content-length': '4' },
  ),
  freshened(
    'RFC 9111 §3.1 the fields of one connection are not taken',
    {},
    { ...TAGGED, 'proxy-authenticate': 'x', 'hitrate-cache-control': 'max-age=60' },
    { 'proxy-authenticate': null, 'hitrate-cache-control': null },
  ),
  {
    ...freshened(
      'RFC 9111 §3.1 nor are the fields that its Connection lists',
      { 'x-hop': 'old' },
      { ...TAGGED, connection: 'close, X-HOP', 'x-hop': 'new' },
      { 'x-hop': 'old', connection: null },
    ),
    inProcessOnly: 'servers make Connection themselves',
  },
  freshened(
    'RFC 9111 §3.2 Date is the 304’s',
    { date: date(0) },
    { ...TAGGED, date: date(STALE) },
    {
      date: date(STALE),
    },
  ),
  {
    name: 'RFC 6265 §3 a 304 that sets a cookie gives it to its own client at most (ours)',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, fields: { ...TAGGED, 'set-cookie': 'a=1' } },
        sees: { from: 1 },
        asks: true,
      },
      { handler: { fields: TAGGED }, sees: { fields: { 'set-cookie': null } }, asks: 'either' },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 freshness is counted anew, from what the 304 says',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, fields: { etag: '"a"', 'cache-control': 'max-age=10', age: '3' } },
        sees: { from: 1 },
        asks: true,
      },
      { after: 6, sees: { from: 1, fields: { age: '9' } } },
      { after: 1, sees: { from: 1 }, asks: { 'if-none-match': '"a"' } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 an Age of before does not count any more',
    steps: [
      { handler: { fields: { ...TAGGED, age: '50' } }, sees: { from: 1 } },
      { after: 11, handler: { status: 304, fields: { etag: '"a"' } }, sees: { from: 1 }, asks: true },
      { after: 59, sees: { from: 1, fields: { age: '59' } } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 a 304 that is private ends what is kept',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, fields: { etag: '"a"', 'cache-control': 'private, max-age=60' } },
        sees: { from: 1 },
        asks: true,
      },
      { handler: { fields: TAGGED }, sees: { from: 3 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.4 a 304 with another strong tag freshens nothing',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        after: STALE,
        handler: { status: 304, fields: { ...CONTROL, etag: '"b"' } },
        sees: {},
        asks: 'either',
      },
      { handler: { fields: TAGGED }, sees: { from: 3 } },
    ],
  },

  // What is no 304.
  {
    name: 'RFC 9111 §4.3.3 a 200 replaces what is kept, validators and all',
    essential: true,
    steps: [
      { handler: { fields: { ...TAGGED, 'x-own': 'old' } }, sees: { from: 1 } },
      {
        after: STALE,
        handler: { fields: { ...CONTROL, etag: '"b"' } },
        sees: { from: 2, fields: { 'x-own': null, etag: '"b"' } },
        asks: { 'if-none-match': '"a"' },
      },
      { sees: { from: 2, fields: { 'x-own': null } } },
      { after: STALE, sees: { from: 4 }, asks: { 'if-none-match': '"b"' } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 a 404 replaces it',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      { after: STALE, handler: { status: 404, fields: CONTROL }, sees: { from: 2 } },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.3 a 500 is passed on, where nothing allows a stale answer',
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      { after: STALE, handler: { status: 500 }, sees: { from: 2 }, asks: { 'if-none-match': '"a"' } },
    ],
  },

  // no-cache, and what is stale from the start.
  {
    name: 'RFC 9111 §5.2.2.4 no-cache is kept, and validated each time',
    essential: true,
    steps: [
      { handler: { fields: { 'cache-control': 'no-cache, max-age=60', etag: '"a"' } }, sees: { from: 1 } },
      {
        handler: { status: 304, fields: { etag: '"a"' } },
        sees: { from: 1 },
        asks: { 'if-none-match': '"a"' },
      },
      { sees: { from: 1 }, asks: { 'if-none-match': '"a"' } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 without any lifetime, too',
    steps: [
      {
        handler: { fields: { 'cache-control': 'No-Cache', 'last-modified': date(-600) } },
        sees: { from: 1 },
      },
      {
        handler: { status: 304, fields: {} },
        sees: { from: 1 },
        asks: { 'if-modified-since': date(-600) },
      },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 a no-cache that changed is answered with what is new',
    steps: [
      { handler: { fields: { 'cache-control': 'no-cache', etag: '"a"' } }, sees: { from: 1 } },
      {
        handler: { fields: { 'cache-control': 'no-cache', etag: '"b"' } },
        sees: { from: 2 },
        asks: { 'if-none-match': '"a"' },
      },
      { sees: { from: 3 }, asks: { 'if-none-match': '"b"' } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 stale-while-revalidate does not let a no-cache serve unvalidated',
    steps: [
      {
        handler: { fields: { 'cache-control': 'no-cache, stale-while-revalidate=60', etag: '"a"' } },
        sees: { from: 1 },
      },
      { sees: { from: 2 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.4 a 304 that says no-cache no more lets it serve',
    steps: [
      { handler: { fields: { 'cache-control': 'no-cache', etag: '"a"' } }, sees: { from: 1 } },
      { handler: UNCHANGED, sees: { from: 1 }, asks: true },
      { sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 an answer that is stale from the start is kept for its validator',
    steps: [
      { handler: { fields: { 'cache-control': 'max-age=0', etag: '"a"' } }, sees: { from: 1 } },
      {
        handler: { status: 304, fields: { 'cache-control': 'max-age=0', etag: '"a"' } },
        sees: { from: 1 },
        asks: { 'if-none-match': '"a"' },
      },
    ],
  },
  {
    name: 'RFC 9111 §5.2.2.2 must-revalidate is validated when it is stale, and not before',
    steps: [
      {
        handler: { fields: { 'cache-control': 'must-revalidate, max-age=60', etag: '"a"' } },
        sees: { from: 1 },
      },
      { after: 59, sees: { from: 1 } },
      { after: 1, handler: { status: 304 }, sees: { from: 1 }, asks: { 'if-none-match': '"a"' } },
      { after: 59, sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9111 §5.2.1.4 a client’s no-cache has a fresh answer validated',
    options: { clientControl: true },
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1 } },
      {
        send: { 'cache-control': 'no-cache' },
        handler: UNCHANGED,
        sees: { from: 1 },
        asks: { 'if-none-match': '"a"' },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a handler that is asked in vain for a validator it never gave answers in full',
    steps: [
      { handler: { fields: CONTROL }, sees: { from: 1 } },
      { after: STALE, sees: { from: 2 } },
      { sees: { from: 2 } },
    ],
  },
]
