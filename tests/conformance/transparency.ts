/** Responses that the cache does not store stay as the handler made them. */
import type { Row, RowHeaders } from './row.ts'

const OWN: RowHeaders = {
  'x-own': 'a, b',
  'set-cookie': ['a=1', 'b=2'],
  'content-type': 'text/plain',
  'content-language': 'en',
  'content-location': '/there',
  etag: '"a"',
}

const UNCHANGED = {
  'x-own': 'a, b',
  'set-cookie': 'a=1, b=2',
  'content-type': 'text/plain',
  'content-language': 'en',
  'content-location': '/there',
  etag: '"a"',
}

const NOT_MODIFIED_HEADERS = {
  'x-own': 'a, b',
  'content-location': '/there',
  etag: '"a"',
  'content-type': null,
  'content-language': null,
}

export const transparency: readonly Row[] = [
  ...[200, 201, 404, 410, 500, 599].map(
    (status): Row => ({
      name: `RFC 9111 §3 a response that is not stored keeps all headers: ${status}`,
      steps: [
        { handler: { status, headers: OWN }, expect: { from: 1, headers: UNCHANGED } },
        { handler: { status, headers: OWN }, expect: { from: 2, headers: UNCHANGED } },
      ],
    }),
  ),
  {
    name: 'RFC 9110 §15.4.5 a 304 made from a response that is not stored has no headers of the body, but all others',
    essential: true,
    steps: [
      {
        send: { 'if-none-match': '"a"' },
        handler: { headers: OWN },
        handlerCalls: true,
        expect: { status: 304, headers: NOT_MODIFIED_HEADERS },
      },
    ],
  },
  {
    name: 'RFC 9110 §15.4.5 a 304 made from a stored response has no headers of the body, but all others',
    options: { targetedControl: 'max-age=60', storeSetCookie: true },
    essential: true,
    steps: [
      { handler: { headers: OWN }, expect: { from: 1, headers: UNCHANGED } },
      { send: { 'if-none-match': '"a"' }, expect: { status: 304, headers: NOT_MODIFIED_HEADERS } },
    ],
  },
  {
    name: 'RFC 9211 §2 a response to OPTIONS has no Cache-Status (own choice)',
    options: { targetedControl: 'max-age=60' },
    essential: true,
    steps: [
      {
        method: 'OPTIONS',
        handler: { status: 204, headers: { allow: 'GET, HEAD', 'hitrate-cache-control': 'max-age=60' } },
        expect: {
          from: 1,
          headers: { allow: 'GET, HEAD', 'cache-status': null, 'hitrate-cache-control': null },
        },
      },
    ],
  },
]
