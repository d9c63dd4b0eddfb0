/** Routes with stored responses of every kind, and requests for them, plain and odd. Servers must send the same bytes. */
import type { Hono } from 'hono'
import type { testApp } from './test-app.ts'

const lifetime = { 'cache-control': 'public, max-age=60' }
/** The paths of all routes. */
export const paths = [
  ...['text', 'empty', 'bytes', 'untyped', 'cookies', 'timed', 'latin', 'control', 'attachment', 'missing'],
  ...[
    'moved',
    'nothing',
    'bodiless',
    'large',
    'vary',
    'pragma',
    'text?a=%22&b=1',
    'text?a=\\',
    'text/%C3%A9',
  ],
]

export function addRoutes(app: Hono, cached: ReturnType<typeof testApp>['cached']): void {
  const plain = cached({ front: true })
  app.get('/text', plain, (c) => c.text('hello', 200, lifetime))
  app.get('/text/:name', plain, (c) => c.text(c.req.param('name'), 200, lifetime))
  app.get('/empty', plain, (c) => c.text('', 200, lifetime))
  app.get('/bytes', plain, (c) =>
    c.body(new Uint8Array([0, 200, 255]), 200, { ...lifetime, 'content-type': 'image/png' }),
  )
  app.get('/untyped', plain, (c) => c.body(new Uint8Array([65]), 200, lifetime))
  app.get('/cookies', cached({ front: true, storeSetCookie: true }), (c) => {
    c.header('set-cookie', 'a=1')
    c.header('set-cookie', 'b=2', { append: true })
    return c.text('x', 200, lifetime)
  })
  app.get('/timed', cached({ front: true, serverTiming: true }), (c) => c.text('x', 200, lifetime))
  app.get('/latin', plain, (c) => c.text('日本語 é €', 200, { ...lifetime, 'x-name': 'caf\xe9' }))
  app.get('/attachment', plain, (c) =>
    c.text('x', 200, { ...lifetime, 'content-disposition': 'attachment; filename="\xe9.txt"' }),
  )
  app.get('/missing', plain, (c) => c.text('no', 404, lifetime))
  app.get('/moved', plain, (c) => c.body(null, 301, { ...lifetime, location: '/text' }))
  app.get('/nothing', plain, (c) => c.body(null, 204, lifetime))
  app.get('/bodiless', plain, (c) => c.body(null, 200, lifetime))
  app.get('/large', plain, (c) => c.text('0123456789abcdef'.repeat(4096), 200, lifetime))
  app.get('/vary', plain, (c) => c.text(c.req.header('accept') ?? '', 200, { ...lifetime, vary: 'accept' }))
  app.get('/pragma', cached({ front: true, clientControl: true }), (c) => c.text('x', 200, lifetime))
  app.post('/text', (c) => c.text('posted'))
}

const HOST = 'Host: example.com\r\n'
/** The last request of a connection. */
export const LAST = `GET /end HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`

export const get = (target: string, headers = '', host = HOST) =>
  `GET ${target} HTTP/1.1\r\n${host}${headers}\r\n`

/** Requests, and how many of them a front answers itself. */
export const requests: [name: string, text: string, ownAnswers: number][] = [
  ...['text', 'empty', 'bytes', 'cookies', 'timed', 'latin', 'attachment', 'missing', 'moved', 'nothing'].map(
    (path): [string, string, number] => [`a hit of /${path}`, get(`/${path}`), 1],
  ),
  ['a hit without a body', get('/bodiless'), 1],
  ['a hit of a large body', get('/large'), 1],
  ['a hit of a body without a type', get('/untyped'), 0],
  ['a hit of a response with Vary', get('/vary', 'Accept: text/html\r\n'), 0],
  ['a miss', get('/text/unknown'), 0],
  ['two hits in one piece', get('/text') + get('/missing'), 2],
  [
    'a hit, a POST and a hit',
    `${get('/text')}POST /text HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nabGET /text HTTP/1.1\r\n${HOST}\r\n`,
    2,
  ],
  ['a hit, a condition and a hit', get('/text') + get('/text', 'If-None-Match: *\r\n') + get('/text'), 2],
  ['a hit with Connection: close', get('/text', 'Connection: close\r\n'), 1],
  [
    'a hit with the headers of a browser',
    get(
      '/text',
      'Connection: keep-alive\r\nsec-ch-ua-mobile: ?0\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: x\r\nAccept: */*\r\nSec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nReferer: http://example.com/\r\nPriority: u=0\r\nOrigin: null\r\nDNT: 1\r\nDate: x\r\nCookie: a=1\r\n',
    ),
    1,
  ],
  ...[
    'If-None-Match: "x"',
    'IF-MODIFIED-SINCE: Sun, 22 Nov 2026 11:00:00 GMT',
    'cache-control:',
    'Authorization: Bearer x',
    'Range: bytes=0-1',
    'If-Match: "x"',
    'If-Unmodified-Since: x',
    'Upgrade: websocket',
    'Cache-Control: no-store\r\nCache-Control: max-age=0',
  ].map((header): [string, string, number] => [`a request with ${header}`, get('/text', `${header}\r\n`), 0]),
  ['a request with Pragma', get('/text', 'Pragma: no-cache\r\n'), 1],
  ['a request with Pragma to a route with clientControl', get('/pragma', 'PRAGMA: no-cache\r\n'), 0],
  ['a request to a route with clientControl', get('/pragma'), 1],
  ['a GET with Content-Length: 0', get('/text', 'Content-Length: 0\r\n'), 0],
  ['a GET with a body', `${get('/text', 'Content-Length: 3\r\n')}abc`, 0],
  [
    'a GET with a body that looks like a request',
    `${get('/text', `Content-Length: ${LAST.length}\r\n`)}${LAST}`,
    0,
  ],
  ['a GET with a chunked body', `${get('/text', 'Transfer-Encoding: chunked\r\n')}1\r\na\r\n0\r\n\r\n`, 0],
  [
    'a GET with a chunked body and a trailer',
    `${get('/text', 'Transfer-Encoding: chunked\r\nTrailer: x\r\n')}0\r\nx: 1\r\n\r\n`,
    0,
  ],
  [
    'a GET with both lengths',
    `${get('/text', 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n')}0\r\n\r\n`,
    0,
  ],
  ['a GET with Expect', get('/text', 'Expect: 100-continue\r\n'), 0],
  ['a GET with another Expect', get('/text', 'Expect: x\r\n'), 0],
  ['HEAD', `HEAD /text HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['OPTIONS', `OPTIONS /text HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['DELETE', `DELETE /text HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['a method in lower case', `get /text HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['HTTP/1.0', `GET /text HTTP/1.0\r\n${HOST}\r\n`, 0],
  ['HTTP/1.0 with keep-alive', `GET /text HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`, 0],
  ['HTTP/1.0 without a host', 'GET /text HTTP/1.0\r\n\r\n', 0],
  ['HTTP/2.0', `GET /text HTTP/2.0\r\n${HOST}\r\n`, 0],
  ['no host', get('/text', '', ''), 0],
  ['two hosts', get('/text', HOST), 0],
  ['two hosts, the second of which is not cached', get('/text', 'host: other\r\n'), 0],
  ...[
    '',
    'EXAMPLE.com',
    'example.com:80',
    'example.com:3000',
    'example.com.',
    '[::1]',
    'a@example.com',
    'example.com/text',
    'example.com#',
    'example.com\\',
    'exa mple.com',
    'example.com, other',
  ].map((host): [string, string, number] => [`the host ${host}`, get('/text', '', `Host: ${host}\r\n`), 0]),
  ['a host in a header of another case', get('/text', '', 'HOST: example.com\r\n'), 1],
  ['a host between spaces', get('/text', '', 'Host: \t example.com \t\r\n'), 1],
  ['a complete URL', get('http://example.com/text'), 0],
  ['a complete URL of another host', get('http://other/text'), 0],
  ['a complete URL with a user', get('http://a@example.com/text'), 0],
  ...[
    '/text#a',
    '/text?',
    '//text',
    '/./text',
    '/a/../text',
    '/%74ext',
    '/text/',
    '/text\\',
    '*',
    'text',
    '/text?a="&b=1',
    '/text/\xc3\xa9',
  ].map((target): [string, string, number] => [`the target ${target}`, get(target), 0]),
  ['a target with an escape', get('/text?a=%22&b=1'), 1],
  ['a target with a backslash after the question mark', get('/text?a=\\'), 1],
  ['a target with an escape in the path', get('/text/%C3%A9'), 1],
  ['a folded header', get('/text', 'X: a\r\n b\r\n'), 0],
  ['a space before the colon', get('/text', 'Range : bytes=0-1\r\n'), 0],
  ['bare line feeds', 'GET /text HTTP/1.1\nHost: example.com\n\n', 0],
  ['a NUL in a header', get('/text', 'X: \0\r\n'), 0],
  ['a header without a name', get('/text', ': x\r\n'), 0],
  ['garbage', 'x\r\n\r\n', 0],
]

/** The lines of the answer, with the header fields of each response in order of their names, and without the time of day. */
export function comparable(text: string): string[] {
  return text.split(/(?<=\r\n\r\n)/).flatMap((part) => {
    const [first = '', ...lines] = part.split('\r\n')
    return [first, ...lines.sort()].map((line) => line.replace(/^Date: .*/, 'Date'))
  })
}
