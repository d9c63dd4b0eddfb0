/** RFC 9110 §14: range requests for a stored response. */
import { date, type Expectation, type Row, type RowHeaders, type RowOptions } from './row.ts'

const BODY = '0123456789'
const STORED = {
  'cache-control': 'max-age=60',
  etag: '"a"',
  'last-modified': date(-600),
  'content-type': 'text/plain',
}
const COMPLETE: Expectation = {
  status: 200,
  body: BODY,
  headers: { 'content-range': null, 'content-length': '10' },
}

function part(first: number, last: number): Expectation {
  return {
    status: 206,
    body: BODY.slice(first, last + 1),
    headers: { 'content-range': `bytes ${first}-${last}/10`, 'content-length': String(last + 1 - first) },
  }
}

/** Stores ten bytes; then a client requests a range. */
function requested(
  name: string,
  send: RowHeaders,
  expect: Expectation,
  more: Partial<Row> & { headers?: RowHeaders } = {},
): Row {
  const { headers = STORED, ...row } = more
  return {
    name,
    ...row,
    steps: [
      { handler: { headers, body: BODY }, expect: { from: 1 } },
      { after: 1, send, expect: { from: 1, ...expect } },
    ],
  }
}

/** Headers of a response that streams: its length must be declared for its ranges to be cut. */
const DECLARED = { ...STORED, 'content-length': '10' }

/** As `part`. Bun sends no length of a stream. */
function streamedPart(first: number, last: number): Expectation {
  const { 'content-length': _, ...headers } = part(first, last).headers ?? {}
  return { ...part(first, last), headers: { ...headers, 'accept-ranges': 'bytes' } }
}

const STREAMED: [kind: string, options: RowOptions][] = [
  ['stored', { bufferBytes: 4 }],
  ['not stored', { bufferBytes: 4, maxBodyBytes: 8 }],
]

/** Rows in which the first request for a body that streams has a range. */
function streamedRows(kind: string, options: RowOptions): Row[] {
  const first = (
    name: string,
    send: RowHeaders,
    expect: Expectation,
    headers: RowHeaders = DECLARED,
  ): Row => ({
    name: `RFC 9110 ${name}, for a body that streams and is ${kind}`,
    options,
    steps: [{ send, handler: { headers, body: BODY }, expect, handlerCalls: { range: null } }],
  })
  return [
    { ...first('§14.2 the first range is cut', { range: 'bytes=0-3' }, streamedPart(0, 3)), essential: true },
    first('§14.1.2 the first range of the last bytes is cut', { range: 'bytes=-3' }, streamedPart(7, 9)),
    first('§14.1.2 the first range without an end is cut', { range: 'bytes=4-' }, streamedPart(4, 9)),
    first(
      '§15.5.17 a first range behind the end is refused',
      { range: 'bytes=10-' },
      { status: 416, body: '', headers: { 'content-range': 'bytes */10' } },
    ),
    first('§14.2 several ranges get the complete response', { range: 'bytes=0-1, 4-5' }, { from: 1 }),
    first(
      '§13.1.5 If-Range that matches gets the range',
      { range: 'bytes=0-3', 'if-range': '"a"' },
      streamedPart(0, 3),
    ),
    first(
      '§13.1.5 If-Range that does not match gets the complete response',
      { range: 'bytes=0-3', 'if-range': '"b"' },
      { from: 1 },
    ),
    first(
      '§13.2.2 If-None-Match is evaluated before Range',
      { range: 'bytes=0-3', 'if-none-match': '"a"' },
      { status: 304, body: '' },
    ),
    first(
      '§14.3 Accept-Ranges: none is obeyed',
      { range: 'bytes=0-3' },
      { from: 1 },
      { ...DECLARED, 'accept-ranges': 'none' },
    ),
  ]
}

const SATISFIABLE: [range: string, first: number, last: number][] = [
  ['bytes=0-3', 0, 3],
  ['bytes=0-0', 0, 0],
  ['bytes=9-9', 9, 9],
  ['bytes=0-9', 0, 9],
  ['bytes=5-', 5, 9],
  ['bytes=0-', 0, 9],
  ['bytes=8-100', 8, 9],
  ['bytes=8-99999999999999999999', 8, 9],
  ['bytes=-3', 7, 9],
  ['bytes=-100', 0, 9],
  ['BYTES=0-3', 0, 3],
]
const UNSATISFIABLE = ['bytes=10-', 'bytes=10-20', 'bytes=99999999999999999999-', 'bytes=-0']
const IGNORED = [
  'bytes=5-2',
  'bytes=a-b',
  'bytes=',
  'bytes=-',
  'bytes=--3',
  'bytes=1.5-3',
  'bytes=+1-3',
  'bytes=0x0-3',
  'bytes 0-3',
  '0-3',
  'items=0-3',
  'bytes=0-3 x',
  '',
]
const SEVERAL = ['bytes=0-1,4-5', 'bytes=0-1, -1', 'bytes=0-,0-,0-,0-', 'bytes=0-3,10-']

export const ranges: Row[] = [
  ...SATISFIABLE.map(([range, first, last]) =>
    requested(`RFC 9110 §14.2 a satisfiable range gets a 206: ${range}`, { range }, part(first, last), {
      ...(range === 'bytes=0-3' && { essential: true }),
    }),
  ),
  ...UNSATISFIABLE.map((range) => ({
    name: `RFC 9110 §15.5.17 an unsatisfiable range gets a 416 with the complete length: ${range}`,
    ...(range === 'bytes=10-' && { essential: true as const }),
    steps: [
      { handler: { headers: STORED, body: BODY }, expect: { from: 1 } },
      {
        send: { range },
        expect: {
          status: 416,
          body: '',
          headers: { 'content-range': 'bytes */10', etag: '"a"', 'content-type': null },
        },
      },
    ],
  })),
  ...IGNORED.map((range) =>
    requested(
      `RFC 9110 §14.2 an invalid range or another unit is ignored: ${JSON.stringify(range)}`,
      { range },
      COMPLETE,
    ),
  ),
  ...SEVERAL.map((range) =>
    requested(
      `RFC 9110 §14.2 several ranges get the complete response (own choice): ${range}`,
      { range },
      COMPLETE,
    ),
  ),
  requested(
    'RFC 9110 §14.2 two lines of Range get the complete response',
    { range: ['bytes=0-1', 'bytes=4-5'] },
    COMPLETE,
  ),
  {
    name: 'RFC 9110 §15.5.17 a range of an empty response is unsatisfiable',
    steps: [
      { handler: { headers: STORED, body: '' }, expect: { from: 1 } },
      { send: { range: 'bytes=0-' }, expect: { status: 416, headers: { 'content-range': 'bytes */0' } } },
    ],
  },
  requested(
    'RFC 9110 §15.3.7 a 206 has the headers of the 200',
    { range: 'bytes=0-3' },
    {
      ...part(0, 3),
      headers: {
        'content-type': 'text/plain',
        etag: '"a"',
        'cache-control': 'max-age=60',
        'content-location': '/b',
        expires: date(600),
        vary: 'x-a',
        date: date(-3),
        age: '4',
      },
    },
    { headers: { ...STORED, 'content-location': '/b', expires: date(600), vary: 'x-a', date: date(-3) } },
  ),
  {
    name: 'RFC 9110 §14.1.2 a range counts bytes, not characters',
    steps: [
      { handler: { headers: STORED, body: 'äöü' }, expect: { from: 1 } },
      {
        send: { range: 'bytes=2-5' },
        expect: {
          status: 206,
          body: 'öü',
          headers: { 'content-range': 'bytes 2-5/6', 'content-length': '4' },
        },
      },
    ],
  },
  requested(
    'RFC 9110 §14.1 a range counts bytes of the encoded body',
    { range: 'bytes=2-3' },
    {
      ...part(2, 3),
      headers: { 'content-encoding': 'x-own', 'content-range': 'bytes 2-3/10' },
    },
    { headers: { ...STORED, 'content-encoding': 'x-own' } },
  ),
  {
    name: 'RFC 9110 §14.2 Range is ignored for HEAD',
    steps: [
      { handler: { headers: STORED, body: BODY }, expect: { from: 1 } },
      {
        method: 'HEAD',
        send: { range: 'bytes=0-3' },
        expect: { from: 1, headers: { 'content-range': null, 'content-length': '10' } },
      },
    ],
  },
  ...[404, 410, 203].map((status) => ({
    name: `RFC 9110 §14.2 Range is ignored for a status other than 200: ${status}`,
    steps: [
      { handler: { status, headers: STORED, body: BODY }, expect: { from: 1 } },
      { send: { range: 'bytes=0-3' }, expect: { from: 1 } },
    ],
  })),
  {
    name: 'RFC 9111 §4 a 206 does not change the stored response',
    steps: [
      { handler: { headers: STORED, body: BODY }, expect: { from: 1 } },
      { send: { range: 'bytes=0-3' }, expect: { from: 1, ...part(0, 3) } },
      { expect: { from: 1 } },
      { send: { range: 'bytes=-1' }, expect: { from: 1, ...part(9, 9) } },
    ],
  },

  // If-Range.
  requested(
    'RFC 9110 §13.1.5 If-Range with the stored tag gets the range',
    { range: 'bytes=0-3', 'if-range': '"a"' },
    part(0, 3),
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range with another tag gets the complete response',
    { range: 'bytes=0-3', 'if-range': '"b"' },
    COMPLETE,
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range is compared strongly: a weak tag in the request',
    { range: 'bytes=0-3', 'if-range': 'W/"a"' },
    COMPLETE,
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range is compared strongly: a weak stored tag',
    { range: 'bytes=0-3', 'if-range': 'W/"a"' },
    COMPLETE,
    {
      headers: { ...STORED, etag: 'W/"a"' },
    },
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range with a list is invalid',
    { range: 'bytes=0-3', 'if-range': '"b", "a"' },
    COMPLETE,
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range with the stored date gets the range',
    { range: 'bytes=0-3', 'if-range': date(-600) },
    part(0, 3),
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range with a later date gets the complete response',
    { range: 'bytes=0-3', 'if-range': date(-599) },
    COMPLETE,
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range with an earlier date gets the complete response',
    { range: 'bytes=0-3', 'if-range': date(-601) },
    COMPLETE,
  ),
  requested(
    'RFC 9110 §8.8.2.2 If-Range with a date less than a second before Date gets the complete response',
    {
      range: 'bytes=0-3',
      'if-range': date(0),
    },
    COMPLETE,
    { headers: { ...STORED, date: date(0), 'last-modified': date(0) } },
  ),
  requested(
    'RFC 9110 §13.1.5 If-Range with an invalid value gets the complete response',
    { range: 'bytes=0-3', 'if-range': 'a' },
    COMPLETE,
  ),
  requested('RFC 9110 §13.1.5 If-Range without Range is ignored', { 'if-range': '"b"' }, COMPLETE),

  // Together with other conditions.
  requested(
    'RFC 9110 §13.2.2 If-None-Match is evaluated before Range: 304',
    { range: 'bytes=0-3', 'if-none-match': '"a"' },
    {
      status: 304,
      body: '',
      headers: { 'content-range': null },
    },
  ),
  requested(
    'RFC 9110 §13.2.2 Range is evaluated if If-None-Match does not match',
    { range: 'bytes=0-3', 'if-none-match': '"b"' },
    part(0, 3),
  ),
  requested(
    'RFC 9110 §13.2.2 If-Modified-Since is evaluated before Range: 304',
    { range: 'bytes=0-3', 'if-modified-since': date(0) },
    {
      status: 304,
      body: '',
    },
  ),

  // Accept-Ranges.
  requested(
    'RFC 9110 §14.3 a response whose ranges are served says so',
    {},
    { headers: { 'accept-ranges': 'bytes' } },
    { essential: true },
  ),
  requested(
    'RFC 9110 §14.3 a response to a range says so too',
    { range: 'bytes=0-3' },
    { ...part(0, 3), headers: { ...part(0, 3).headers, 'accept-ranges': 'bytes' } },
  ),
  requested(
    'RFC 9110 §14.3 Accept-Ranges: none of the handler is obeyed',
    { range: 'bytes=0-3' },
    { ...COMPLETE, headers: { ...COMPLETE.headers, 'accept-ranges': 'none' } },
    { headers: { ...STORED, 'accept-ranges': 'none' } },
  ),
  ...STREAMED.flatMap(([kind, options]) => streamedRows(kind, options)),
  {
    name: 'RFC 9110 §14.2 ranges that wait for one load are cut from its body while it streams',
    options: { bufferBytes: 4 },
    steps: [
      {
        clients: 5,
        send: { range: 'bytes=0-3' },
        handler: { headers: DECLARED, body: BODY },
        expect: { ...streamedPart(0, 3), collapsed: 4 },
        handlerCalls: 1,
      },
      { expect: { from: 1, headers: { 'content-length': '10' } } },
    ],
  },
  {
    name: 'RFC 9110 §14.2 a body of unknown length is sent completely while it streams (own choice)',
    options: { bufferBytes: 4 },
    steps: [
      {
        send: { range: 'bytes=0-3' },
        handler: { headers: STORED, body: BODY, isStreamed: true },
        expect: { from: 1, headers: { 'content-range': null } },
        handlerCalls: { range: null },
      },
      { send: { range: 'bytes=0-3' }, expect: part(0, 3) },
    ],
  },

  // Nothing stored.
  {
    name: 'RFC 9111 §3.3 the handler is called without Range, and the complete response is stored (own choice)',
    essential: true,
    steps: [
      {
        send: { range: 'bytes=0-3', 'if-range': '"x"' },
        handler: { headers: STORED, body: BODY },
        expect: { from: 1, ...COMPLETE },
        handlerCalls: { range: null, 'if-range': null },
      },
      { expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §14.2 the client gets the complete response or the range if nothing was stored',
    steps: [
      {
        send: { range: 'bytes=0-3' },
        handler: { headers: STORED, body: BODY },
        expect: { status: [200, 206] },
        handlerCalls: { range: null },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a stale response is revalidated without Range, and the client gets the range',
    steps: [
      { handler: { headers: STORED, body: BODY }, expect: { from: 1 } },
      {
        after: 61,
        send: { range: 'bytes=0-3' },
        handler: { status: 304, headers: STORED },
        expect: { from: 1, ...part(0, 3) },
        handlerCalls: { range: null, 'if-none-match': '"a"' },
      },
    ],
  },
]
