/** RFC 9110 §13 and RFC 9111 §4.3.2: clients that have an answer already. */
import { asctime, date, type Fields, type Row, rfc850, type Sees, type WantedFields } from './row.ts'

const KEPT = {
  'cache-control': 'max-age=60',
  etag: '"a"',
  'last-modified': date(-600),
  'content-type': 'text/plain',
  'content-language': 'cy',
}

/** An answer is kept; then a client asks on a condition. */
function asked(name: string, send: Fields, status: 200 | 304, more: More = {}): Row {
  const { fields = KEPT, method = 'GET', sees, essential } = more
  return {
    name,
    ...(essential && { essential }),
    steps: [
      { handler: { fields, body: 'kept' }, sees: { from: 1 } },
      {
        after: 1,
        method,
        send,
        sees: { from: 1, status, ...(status === 304 && { body: '' }), fields: sees ?? {} },
      },
    ],
  }
}

interface More {
  /** Those of what is kept. */
  fields?: Fields
  method?: string
  sees?: WantedFields
  essential?: true
}

const inm = (value: string | string[]): Fields => ({ 'if-none-match': value })
const ims = (value: string): Fields => ({ 'if-modified-since': value })
const without = (name: keyof typeof KEPT): Fields => {
  const { [name]: _, ...rest } = KEPT
  return rest
}
const WEAK = { ...KEPT, etag: 'W/"a"' }
const NOTHING_SAID: Sees = { from: 1, status: 304, body: '' }

export const conditional: Row[] = [
  asked('RFC 9110 §13.1.2 If-None-Match with the kept tag is answered 304', inm('"a"'), 304, {
    essential: true,
  }),
  asked('RFC 9110 §13.1.2 with another it is answered in full', inm('"b"'), 200, { essential: true }),
  asked('RFC 9110 §13.1.2 a list may hold the tag anywhere', inm('"x", W/"y" , "a","z"'), 304),
  asked('RFC 9110 §13.1.2 on any line', inm(['"x"', '"a"']), 304),
  asked('RFC 9110 §13.1.2 a list may not hold it', inm('"x", "y"'), 200),
  asked('RFC 9110 §13.1.2 * is any kept answer', inm('*'), 304),
  asked('RFC 9110 §13.1.2 the comparison is weak: the client’s weak tag', inm('W/"a"'), 304),
  asked('RFC 9110 §13.1.2 the comparison is weak: the kept weak tag', inm('"a"'), 304, { fields: WEAK }),
  asked('RFC 9110 §13.1.2 the comparison is weak: both', inm('W/"a"'), 304, { fields: WEAK }),
  asked('RFC 9110 §8.8.3 the letter of a weak tag has a case', inm('w/"a"'), 200),
  asked('RFC 9110 §8.8.3 a tag has a case', inm('"A"'), 200),
  asked('RFC 9110 §8.8.3 a tag stands in quotes', inm('a'), 200),
  asked('RFC 9110 §8.8.3 a comma in a tag does not end it', inm('"a,b"'), 304, {
    fields: { ...KEPT, etag: '"a,b"' },
  }),
  asked('RFC 9110 §8.8.3 part of a tag is not the tag', inm('"a,b"'), 200, {
    fields: { ...KEPT, etag: '"b"' },
  }),
  asked('RFC 9110 §8.8.3 an empty tag is a tag', inm('""'), 304, { fields: { ...KEPT, etag: '""' } }),
  asked('RFC 9110 §13.1.2 HEAD is answered 304 as well', inm('"a"'), 304, { method: 'HEAD' }),

  asked('RFC 9110 §13.1.3 If-Modified-Since with the kept date is answered 304', ims(date(-600)), 304, {
    essential: true,
  }),
  asked('RFC 9110 §13.1.3 with a later one, too', ims(date(-599)), 304),
  asked('RFC 9110 §13.1.3 with an earlier one it is answered in full', ims(date(-601)), 200),
  asked('RFC 9110 §13.1.3 the older forms of dates count: RFC 850', ims(rfc850(-600)), 304),
  asked('RFC 9110 §13.1.3 the older forms of dates count: asctime', ims(asctime(-600)), 304),
  ...['now', date(-600).replace('GMT', 'UTC'), '', '9999999999', `${date(-600)}, ${date(-600)}`].map(
    (value) =>
      asked(`RFC 9110 §13.1.3 what is no date is ignored: ${JSON.stringify(value)}`, ims(value), 200),
  ),
  asked('RFC 9111 §4.3.2 without Last-Modified the kept Date counts', ims(date(0)), 304, {
    fields: without('last-modified'),
  }),
  asked('RFC 9111 §4.3.2 and a date before it is earlier', ims(date(-1)), 200, {
    fields: without('last-modified'),
  }),
  asked('RFC 9110 §13.1.3 HEAD is answered 304 as well', ims(date(-600)), 304, { method: 'HEAD' }),

  asked('RFC 9110 §13.2.2 If-None-Match wins: it says no', { ...inm('"b"'), ...ims(date(-600)) }, 200),
  asked('RFC 9110 §13.2.2 If-None-Match wins: it says yes', { ...inm('"a"'), ...ims(date(-700)) }, 304),
  asked('RFC 9110 §13.2.2 also where what is kept has no tag', { ...inm('"b"'), ...ims(date(-600)) }, 200, {
    fields: without('etag'),
  }),
  asked('RFC 9111 §4.3.2 If-Match is not for a cache', { 'if-match': '"b"' }, 200),
  asked('RFC 9111 §4.3.2 nor is If-Unmodified-Since', { 'if-unmodified-since': date(-9000) }, 200),
  ...[301, 404, 410, 500].map((status) => ({
    name: `RFC 9110 §13.2.1 conditions mean nothing where the answer is no success: ${status}`,
    steps: [
      { handler: { status, fields: KEPT }, sees: { from: 1 } },
      { send: { ...inm('*') }, sees: { from: 1 } },
      { send: { ...ims(date(0)) }, sees: { from: 1 } },
    ],
  })),

  asked('RFC 9110 §15.4.5 a 304 says what a 200 would', inm('"a"'), 304, {
    fields: {
      ...KEPT,
      'content-location': '/b',
      expires: date(600),
      vary: 'x-a',
      date: date(-3),
    },
    sees: {
      'cache-control': 'max-age=60',
      'content-location': '/b',
      date: date(-3),
      etag: '"a"',
      expires: date(600),
      vary: 'x-a',
    },
  }),
  asked('RFC 9110 §15.4.5 but nothing of the body that is not there', inm('"a"'), 304, {
    sees: { 'content-type': null, 'content-language': null, 'content-encoding': null },
  }),
  asked('RFC 9111 §5.1 a 304 of the cache says its age', inm('"a"'), 304, { sees: { age: '1' } }),

  // Where nothing is kept.
  {
    name: 'RFC 9111 §4.3.1 the handler is asked for the whole, and the client is told that it has it (ours)',
    essential: true,
    steps: [
      {
        send: { ...inm('"a"'), ...ims(date(-600)), 'if-match': '"x"', 'if-unmodified-since': date(-9000) },
        handler: { fields: KEPT, body: 'whole' },
        sees: { ...NOTHING_SAID },
        asks: {
          'if-none-match': null,
          'if-modified-since': null,
          'if-match': null,
          'if-unmodified-since': null,
        },
      },
      { sees: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §13.2.1 also where the answer is not kept (ours)',
    steps: [
      {
        send: inm('"a"'),
        handler: { fields: { etag: '"a"', 'cache-control': 'no-store' } },
        sees: NOTHING_SAID,
        asks: true,
      },
    ],
  },
  {
    name: 'RFC 9110 §13.2.1 the conditions of other methods are the handler’s',
    steps: [
      { handler: { fields: KEPT }, sees: { from: 1 } },
      {
        method: 'PUT',
        send: { 'if-match': '"a"', 'if-none-match': '"b"', 'if-unmodified-since': date(-600) },
        handler: { status: 412 },
        sees: { from: 2 },
        asks: { 'if-match': '"a"', 'if-none-match': '"b"', 'if-unmodified-since': date(-600) },
      },
    ],
  },
  {
    name: 'RFC 9110 §8.8.3 a kept answer without a tag gets one, by which its client may ask (ours)',
    steps: [
      { handler: { fields: { 'cache-control': 'max-age=60' } }, sees: { from: 1 } },
      { sees: { from: 1, fields: { etag: /^"[^"]+"$/ } } },
    ],
  },
]
