/** RFC 9110 §13 and RFC 9111 §4.3.2: conditional requests. */
import {
  asctime,
  date,
  type Expectation,
  type ExpectedHeaders,
  type Row,
  type RowHeaders,
  rfc850,
} from './row.ts'

const STORED = {
  'cache-control': 'max-age=60',
  etag: '"a"',
  'last-modified': date(-600),
  'content-type': 'text/plain',
  'content-language': 'cy',
}

/** Stores a response; then a client sends a conditional request. */
function conditionally(name: string, send: RowHeaders, status: 200 | 304, more: Options = {}): Row {
  const { headers = STORED, method = 'GET', expect, essential } = more
  return {
    name,
    ...(essential && { essential }),
    steps: [
      { handler: { headers, body: 'stored' }, expect: { from: 1 } },
      {
        after: 1,
        method,
        send,
        expect: { from: 1, status, ...(status === 304 && { body: '' }), headers: expect ?? {} },
      },
    ],
  }
}

interface Options {
  /** Headers of the stored response. */
  headers?: RowHeaders
  method?: string
  expect?: ExpectedHeaders
  essential?: true
}

const inm = (value: string | string[]): RowHeaders => ({ 'if-none-match': value })
const ims = (value: string): RowHeaders => ({ 'if-modified-since': value })
const without = (name: keyof typeof STORED): RowHeaders => {
  const { [name]: _, ...rest } = STORED
  return rest
}
const WEAK = { ...STORED, etag: 'W/"a"' }
const NOT_MODIFIED: Expectation = { from: 1, status: 304, body: '' }

export const conditional: Row[] = [
  conditionally('RFC 9110 §13.1.2 If-None-Match with the stored tag gets a 304', inm('"a"'), 304, {
    essential: true,
  }),
  conditionally(
    'RFC 9110 §13.1.2 If-None-Match with another tag gets the complete response',
    inm('"b"'),
    200,
    { essential: true },
  ),
  conditionally(
    'RFC 9110 §13.1.2 If-None-Match may contain the tag anywhere in its list',
    inm('"x", W/"y" , "a","z"'),
    304,
  ),
  conditionally('RFC 9110 §13.1.2 If-None-Match may contain the tag on any line', inm(['"x"', '"a"']), 304),
  conditionally(
    'RFC 9110 §13.1.2 If-None-Match with a list without the tag gets the complete response',
    inm('"x", "y"'),
    200,
  ),
  conditionally('RFC 9110 §13.1.2 If-None-Match: * matches any stored response', inm('*'), 304),
  conditionally(
    'RFC 9110 §13.1.2 If-None-Match is compared weakly: a weak tag in the request',
    inm('W/"a"'),
    304,
  ),
  conditionally('RFC 9110 §13.1.2 If-None-Match is compared weakly: a weak stored tag', inm('"a"'), 304, {
    headers: WEAK,
  }),
  conditionally('RFC 9110 §13.1.2 If-None-Match is compared weakly: two weak tags', inm('W/"a"'), 304, {
    headers: WEAK,
  }),
  conditionally('RFC 9110 §8.8.3 W/ of a weak tag is case-sensitive', inm('w/"a"'), 200),
  conditionally('RFC 9110 §8.8.3 an entity tag is case-sensitive', inm('"A"'), 200),
  conditionally('RFC 9110 §8.8.3 an entity tag without quotes is invalid', inm('a'), 200),
  conditionally('RFC 9110 §8.8.3 an entity tag may contain a comma', inm('"a,b"'), 304, {
    headers: { ...STORED, etag: '"a,b"' },
  }),
  conditionally('RFC 9110 §8.8.3 a part of an entity tag does not match', inm('"a,b"'), 200, {
    headers: { ...STORED, etag: '"b"' },
  }),
  conditionally('RFC 9110 §8.8.3 an entity tag may be empty', inm('""'), 304, {
    headers: { ...STORED, etag: '""' },
  }),
  conditionally('RFC 9110 §13.1.2 HEAD with the stored tag gets a 304', inm('"a"'), 304, { method: 'HEAD' }),

  conditionally('RFC 9110 §13.1.3 If-Modified-Since with the stored date gets a 304', ims(date(-600)), 304, {
    essential: true,
  }),
  conditionally('RFC 9110 §13.1.3 If-Modified-Since with a later date gets a 304', ims(date(-599)), 304),
  conditionally(
    'RFC 9110 §13.1.3 If-Modified-Since with an earlier date gets the complete response',
    ims(date(-601)),
    200,
  ),
  conditionally('RFC 9110 §13.1.3 If-Modified-Since may have an RFC 850 date', ims(rfc850(-600)), 304),
  conditionally('RFC 9110 §13.1.3 If-Modified-Since may have an asctime date', ims(asctime(-600)), 304),
  ...['now', date(-600).replace('GMT', 'UTC'), '', '9999999999', `${date(-600)}, ${date(-600)}`].map(
    (value) =>
      conditionally(
        `RFC 9110 §13.1.3 If-Modified-Since is ignored if its date is invalid: ${JSON.stringify(value)}`,
        ims(value),
        200,
      ),
  ),
  conditionally(
    'RFC 9111 §4.3.2 If-Modified-Since is compared with the stored Date if Last-Modified is missing',
    ims(date(0)),
    304,
    {
      headers: without('last-modified'),
    },
  ),
  conditionally(
    'RFC 9111 §4.3.2 If-Modified-Since before the stored Date gets the complete response',
    ims(date(-1)),
    200,
    {
      headers: without('last-modified'),
    },
  ),
  conditionally('RFC 9110 §13.1.3 HEAD with the stored date gets a 304', ims(date(-600)), 304, {
    method: 'HEAD',
  }),

  conditionally(
    'RFC 9110 §13.2.2 If-None-Match takes precedence: it does not match',
    { ...inm('"b"'), ...ims(date(-600)) },
    200,
  ),
  conditionally(
    'RFC 9110 §13.2.2 If-None-Match takes precedence: it matches',
    { ...inm('"a"'), ...ims(date(-700)) },
    304,
  ),
  conditionally(
    'RFC 9110 §13.2.2 If-None-Match takes precedence also if the stored response has no tag',
    { ...inm('"b"'), ...ims(date(-600)) },
    200,
    {
      headers: without('etag'),
    },
  ),
  conditionally('RFC 9111 §4.3.2 If-Match is ignored by a cache', { 'if-match': '"b"' }, 200),
  conditionally(
    'RFC 9111 §4.3.2 If-Unmodified-Since is ignored by a cache',
    { 'if-unmodified-since': date(-9000) },
    200,
  ),
  ...[301, 404, 410, 500].map((status) => ({
    name: `RFC 9110 §13.2.1 conditions are ignored if the response is not successful: ${status}`,
    steps: [
      { handler: { status, headers: STORED }, expect: { from: 1 } },
      { send: { ...inm('*') }, expect: { from: 1 } },
      { send: { ...ims(date(0)) }, expect: { from: 1 } },
    ],
  })),

  conditionally('RFC 9110 §15.4.5 a 304 has the headers of the 200', inm('"a"'), 304, {
    headers: {
      ...STORED,
      'content-location': '/b',
      expires: date(600),
      vary: 'x-a',
      date: date(-3),
    },
    expect: {
      'cache-control': 'max-age=60',
      'content-location': '/b',
      date: date(-3),
      etag: '"a"',
      expires: date(600),
      vary: 'x-a',
    },
  }),
  conditionally('RFC 9110 §15.4.5 a 304 has no headers about the body', inm('"a"'), 304, {
    expect: { 'content-type': null, 'content-language': null, 'content-encoding': null },
  }),
  conditionally('RFC 9111 §5.1 a 304 of the cache has an Age', inm('"a"'), 304, { expect: { age: '1' } }),

  // Nothing stored.
  {
    name: 'RFC 9111 §4.3.1 the handler is called without the client’s conditions, and the client gets a 304 (own choice)',
    essential: true,
    steps: [
      {
        send: { ...inm('"a"'), ...ims(date(-600)), 'if-match': '"x"', 'if-unmodified-since': date(-9000) },
        handler: { headers: STORED, body: 'complete' },
        expect: { ...NOT_MODIFIED },
        handlerCalls: {
          'if-none-match': null,
          'if-modified-since': null,
          'if-match': null,
          'if-unmodified-since': null,
        },
      },
      { expect: { from: 1 } },
    ],
  },
  {
    name: 'RFC 9110 §13.2.1 the client’s conditions are evaluated also for a response that is not stored (own choice)',
    steps: [
      {
        send: inm('"a"'),
        handler: { headers: { etag: '"a"', 'cache-control': 'no-store' } },
        expect: NOT_MODIFIED,
        handlerCalls: true,
      },
    ],
  },
  {
    name: 'RFC 9110 §13.2.1 the conditions of other methods are passed to the handler',
    steps: [
      { handler: { headers: STORED }, expect: { from: 1 } },
      {
        method: 'PUT',
        send: { 'if-match': '"a"', 'if-none-match': '"b"', 'if-unmodified-since': date(-600) },
        handler: { status: 412 },
        expect: { from: 2 },
        handlerCalls: { 'if-match': '"a"', 'if-none-match': '"b"', 'if-unmodified-since': date(-600) },
      },
    ],
  },
  {
    name: 'RFC 9110 §8.8.3 a stored response without an entity tag gets a generated one (own choice)',
    steps: [
      { handler: { headers: { 'cache-control': 'max-age=60' } }, expect: { from: 1 } },
      { expect: { from: 1, headers: { etag: /^"[^"]+"$/ } } },
    ],
  },
]
