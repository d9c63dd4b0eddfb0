/** RFC 9110 §14: parts of a kept answer. */
import { date, type Fields, type Row, type Sees } from './row.ts'

const BODY = '0123456789'
const KEPT = {
  'cache-control': 'max-age=60',
  etag: '"a"',
  'last-modified': date(-600),
  'content-type': 'text/plain',
}
const WHOLE: Sees = { status: 200, body: BODY, fields: { 'content-range': null, 'content-length': '10' } }

function part(first: number, last: number): Sees {
  return {
    status: 206,
    body: BODY.slice(first, last + 1),
    fields: { 'content-range': `bytes ${first}-${last}/10`, 'content-length': String(last + 1 - first) },
  }
}

/** Ten bytes are kept; then a client asks for some of them. */
function asked(name: string, send: Fields, sees: Sees, more: Partial<Row> & { fields?: Fields } = {}): Row {
  const { fields = KEPT, ...row } = more
  return {
    name,
    ...row,
    steps: [
      { handler: { fields, body: BODY }, sees: { from: 1 } },
      { after: 1, send, sees: { from: 1, ...sees } },
    ],
  }
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
    asked(`RFC 9110 §14.2 a part of what is kept is answered 206: ${range}`, { range }, part(first, last), {
      ...(range === 'bytes=0-3' && { essential: true }),
    }),
  ),
  ...UNSATISFIABLE.map((range) => ({
    name: `RFC 9110 §15.5.17 a part that there is not is answered 416, with the length: ${range}`,
    ...(range === 'bytes=10-' && { essential: true as const }),
    steps: [
      { handler: { fields: KEPT, body: BODY }, sees: { from: 1 } },
      {
        send: { range },
        sees: {
          status: 416,
          body: '',
          fields: { 'content-range': 'bytes */10', etag: '"a"', 'content-type': null },
        },
      },
    ],
  })),
  ...IGNORED.map((range) =>
    asked(
      `RFC 9110 §14.2 what is no range, or one of another unit, is ignored: ${JSON.stringify(range)}`,
      { range },
      WHOLE,
    ),
  ),
  ...SEVERAL.map((range) =>
    asked(`RFC 9110 §14.2 several ranges are answered with the whole (ours): ${range}`, { range }, WHOLE),
  ),
  asked(
    'RFC 9110 §14.2 two lines of Range are no range, or several',
    { range: ['bytes=0-1', 'bytes=4-5'] },
    WHOLE,
  ),
  {
    name: 'RFC 9110 §15.5.17 of an empty answer there is no part',
    steps: [
      { handler: { fields: KEPT, body: '' }, sees: { from: 1 } },
      { send: { range: 'bytes=0-' }, sees: { status: 416, fields: { 'content-range': 'bytes */0' } } },
    ],
  },
  asked(
    'RFC 9110 §15.3.7 a 206 has the fields of the 200',
    { range: 'bytes=0-3' },
    {
      ...part(0, 3),
      fields: {
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
    { fields: { ...KEPT, 'content-location': '/b', expires: date(600), vary: 'x-a', date: date(-3) } },
  ),
  {
    name: 'RFC 9110 §14.1.2 ranges count bytes, not letters',
    steps: [
      { handler: { fields: KEPT, body: 'äöü' }, sees: { from: 1 } },
      {
        send: { range: 'bytes=2-5' },
        sees: { status: 206, body: 'öü', fields: { 'content-range': 'bytes 2-5/6', 'content-length': '4' } },
      },
    ],
  },
  asked(
    'RFC 9110 §14.1 and those of the encoded answer',
    { range: 'bytes=2-3' },
    {
      ...part(2, 3),
      fields: { 'content-encoding': 'x-own', 'content-range': 'bytes 2-3/10' },
    },
    { fields: { ...KEPT, 'content-encoding': 'x-own' } },
  ),
  {
    name: 'RFC 9110 §14.2 HEAD has no ranges',
    steps: [
      { handler: { fields: KEPT, body: BODY }, sees: { from: 1 } },
      {
        method: 'HEAD',
        send: { range: 'bytes=0-3' },
        sees: { from: 1, fields: { 'content-range': null, 'content-length': '10' } },
      },
    ],
  },
  ...[404, 410, 203].map((status) => ({
    name: `RFC 9110 §14.2 only a 200 has parts: ${status}`,
    steps: [
      { handler: { status, fields: KEPT, body: BODY }, sees: { from: 1 } },
      { send: { range: 'bytes=0-3' }, sees: { from: 1 } },
    ],
  })),
  {
    name: 'RFC 9111 §4 a part that was sent leaves the whole to the next',
    steps: [
      { handler: { fields: KEPT, body: BODY }, sees: { from: 1 } },
      { send: { range: 'bytes=0-3' }, sees: { from: 1, ...part(0, 3) } },
      { sees: { from: 1 } },
      { send: { range: 'bytes=-1' }, sees: { from: 1, ...part(9, 9) } },
    ],
  },

  // If-Range.
  asked(
    'RFC 9110 §13.1.5 If-Range with the kept tag: the part',
    { range: 'bytes=0-3', 'if-range': '"a"' },
    part(0, 3),
  ),
  asked('RFC 9110 §13.1.5 with another: the whole', { range: 'bytes=0-3', 'if-range': '"b"' }, WHOLE),
  asked(
    'RFC 9110 §13.1.5 the comparison is strong: the client’s weak tag',
    { range: 'bytes=0-3', 'if-range': 'W/"a"' },
    WHOLE,
  ),
  asked(
    'RFC 9110 §13.1.5 the comparison is strong: the kept weak tag',
    { range: 'bytes=0-3', 'if-range': 'W/"a"' },
    WHOLE,
    {
      fields: { ...KEPT, etag: 'W/"a"' },
    },
  ),
  asked('RFC 9110 §13.1.5 it is one tag, no list', { range: 'bytes=0-3', 'if-range': '"b", "a"' }, WHOLE),
  asked(
    'RFC 9110 §13.1.5 If-Range with the kept date: the part',
    { range: 'bytes=0-3', 'if-range': date(-600) },
    part(0, 3),
  ),
  asked(
    'RFC 9110 §13.1.5 with a later one: the whole',
    { range: 'bytes=0-3', 'if-range': date(-599) },
    WHOLE,
  ),
  asked(
    'RFC 9110 §13.1.5 with an earlier one: the whole',
    { range: 'bytes=0-3', 'if-range': date(-601) },
    WHOLE,
  ),
  asked(
    'RFC 9110 §8.8.2.2 a date less than a second before Date is weak: the whole',
    {
      range: 'bytes=0-3',
      'if-range': date(0),
    },
    WHOLE,
    { fields: { ...KEPT, date: date(0), 'last-modified': date(0) } },
  ),
  asked('RFC 9110 §13.1.5 with what is neither: the whole', { range: 'bytes=0-3', 'if-range': 'a' }, WHOLE),
  asked('RFC 9110 §13.1.5 without Range it means nothing', { 'if-range': '"b"' }, WHOLE),

  // Beside other conditions.
  asked(
    'RFC 9110 §13.2.2 If-None-Match comes first: 304',
    { range: 'bytes=0-3', 'if-none-match': '"a"' },
    {
      status: 304,
      body: '',
      fields: { 'content-range': null },
    },
  ),
  asked('RFC 9110 §13.2.2 and then the part', { range: 'bytes=0-3', 'if-none-match': '"b"' }, part(0, 3)),
  asked(
    'RFC 9110 §13.2.2 If-Modified-Since, too: 304',
    { range: 'bytes=0-3', 'if-modified-since': date(0) },
    {
      status: 304,
      body: '',
    },
  ),

  // Where nothing is kept.
  {
    name: 'RFC 9111 §3.3 the handler is asked for the whole, which serves the next (ours)',
    essential: true,
    steps: [
      {
        send: { range: 'bytes=0-3', 'if-range': '"x"' },
        handler: { fields: KEPT, body: BODY },
        sees: { from: 1, ...WHOLE },
        asks: { range: null, 'if-range': null },
      },
      { sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §14.2 and its client gets the whole, or the part',
    steps: [
      {
        send: { range: 'bytes=0-3' },
        handler: { fields: KEPT, body: BODY },
        sees: { status: [200, 206] },
        asks: { range: null },
      },
    ],
  },
  {
    name: 'RFC 9111 §4.3.1 a stale answer is validated as a whole, and its client gets the part',
    steps: [
      { handler: { fields: KEPT, body: BODY }, sees: { from: 1 } },
      {
        after: 61,
        send: { range: 'bytes=0-3' },
        handler: { status: 304, fields: KEPT },
        sees: { from: 1, ...part(0, 3) },
        asks: { range: null, 'if-none-match': '"a"' },
      },
    ],
  },
]
