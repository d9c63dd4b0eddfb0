/** RFC 9111 §4.4: what a change ends. */
import { type Fields, HOST, type Row } from './row.ts'

const KEPT = { handler: { fields: { 'cache-control': 'max-age=600, stale-if-error=600' } } }

/** Two answers are kept, at / and at /b?x; then this is asked of /: which of the two still serve? */
function after(
  name: string,
  { method = 'POST', status = 200, fields = {}, ...row }: Change,
  kept: { root: boolean; other: boolean },
): Row {
  return {
    name,
    ...row,
    steps: [
      { ...KEPT, sees: { from: 1 } },
      { ...KEPT, path: '/b?x', sees: { from: 2 } },
      { method, handler: { status, fields }, sees: { from: 3 } },
      { ...KEPT, sees: { from: kept.root ? 1 : 4 } },
      { ...KEPT, path: '/b?x', sees: { from: kept.other ? 2 : 5 } },
    ],
  }
}

interface Change extends Partial<Omit<Row, 'name' | 'steps'>> {
  method?: string
  status?: number
  fields?: Fields
}

const THIS = { root: false, other: true }
const BOTH = { root: false, other: false }
const NONE = { root: true, other: true }

export const invalidation: Row[] = [
  after(
    'RFC 9111 §4.4 POST that succeeds ends what is kept of its URI, and nothing else',
    { essential: true },
    THIS,
  ),
  ...['PUT', 'DELETE', 'PATCH'].map((method) =>
    after(`RFC 9111 §4.4 and so does ${method}`, { method }, THIS),
  ),
  ...['M-SEARCH', 'PROPPATCH', 'MKCOL'].map((method) =>
    after(`RFC 9111 §4.4 and so does a method of unknown safety: ${method}`, { method }, THIS),
  ),
  ...[201, 204, 299, 301, 303, 307].map((status) =>
    after(`RFC 9111 §4.4 ${status} is a success`, { status }, THIS),
  ),
  ...[400, 404, 409, 412, 500, 503].map((status) =>
    after(
      `RFC 9111 §4.4 ${status} is none: everything stays`,
      { status, fields: { location: '/b?x' } },
      NONE,
    ),
  ),
  {
    name: 'RFC 9111 §4.4 a handler that throws has changed nothing that we know of',
    steps: [
      { ...KEPT, sees: { from: 1 } },
      { method: 'POST', handler: { throws: true }, sees: { from: 2 } },
      { ...KEPT, sees: { from: 1 } },
    ],
  },
  after('RFC 9110 §16.1.1 PROPFIND is registered as safe', { method: 'PROPFIND' }, NONE),
  after('RFC 9111 §4.4 OPTIONS is safe', { method: 'OPTIONS', fields: { location: '/b?x' } }, NONE),
  {
    name: 'RFC 9111 §4.4 and so is GET, wherever it leads',
    steps: [
      { ...KEPT, path: '/b?x', sees: { from: 1 } },
      {
        handler: { status: 302, fields: { location: '/b?x', 'content-location': '/b?x' } },
        sees: { from: 2 },
      },
      { path: '/b?x', sees: { from: 1 } },
    ],
  },

  // Location and Content-Location.
  ...['location', 'content-location'].flatMap((name) => [
    after(
      `RFC 9111 §4.4 ${name} on the same origin is ended, too: a path`,
      {
        fields: { [name]: '/b?x' },
        ...(name === 'location' && { essential: true }),
      },
      BOTH,
    ),
    after(
      `RFC 9111 §4.4 ${name} on the same origin is ended, too: a relative one`,
      { fields: { [name]: './b?x' } },
      BOTH,
    ),
    after(
      `RFC 9111 §4.4 ${name} on the same origin is ended, too: in full`,
      {
        fields: { [name]: `http://${HOST}/b?x` },
      },
      BOTH,
    ),
    after(
      `RFC 9111 §4.4 ${name} on the same origin is ended, too: whatever its fragment`,
      {
        status: 201,
        fields: { [name]: '/b?x#here' },
      },
      BOTH,
    ),
    after(`RFC 9111 §4.4 ${name} with another query is another`, { fields: { [name]: '/b?y' } }, THIS),
    after(
      `RFC 9111 §4.4 ${name} at another host is none of ours`,
      { fields: { [name]: 'http://b.test/b?x' } },
      THIS,
    ),
    after(
      `RFC 9111 §4.4 ${name} at another port is none of ours`,
      {
        fields: { [name]: `http://${HOST}:81/b?x` },
      },
      THIS,
    ),
    after(
      `RFC 9111 §4.4 ${name} in another scheme is none of ours`,
      {
        fields: { [name]: `https://${HOST}/b?x` },
      },
      THIS,
    ),
    after(
      `RFC 9111 §4.4 ${name} that is no URI ends nothing, and breaks nothing`,
      {
        fields: { [name]: 'http://[' },
      },
      THIS,
    ),
  ]),
  {
    name: 'RFC 9111 §4.4 nor is what another host has of ours to end',
    steps: [
      { ...KEPT, host: 'b.test', path: '/b', sees: { from: 1 } },
      { method: 'POST', handler: { fields: { location: 'http://b.test/b' } }, sees: { from: 2 } },
      { ...KEPT, host: 'b.test', path: '/b', sees: { from: 1 } },
    ],
  },

  {
    name: 'RFC 9111 §4.4 every variant is ended',
    steps: [
      {
        send: { 'x-a': '1' },
        handler: { fields: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        sees: { from: 1 },
      },
      { send: { 'x-a': '2' }, sees: { from: 2 } },
      { method: 'POST', handler: {}, sees: { from: 3 } },
      {
        send: { 'x-a': '1' },
        handler: { fields: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        sees: { from: 4 },
      },
      { send: { 'x-a': '2' }, sees: { from: 5 } },
    ],
  },
  {
    name: 'RFC 9111 §4.4 every variant of Location is ended',
    steps: [
      {
        path: '/b',
        send: { 'x-a': '1' },
        handler: { fields: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        sees: { from: 1 },
      },
      { path: '/b', send: { 'x-a': '2' }, sees: { from: 2 } },
      { method: 'POST', handler: { status: 201, fields: { location: '/b' } }, sees: { from: 3 } },
      {
        path: '/b',
        send: { 'x-a': '1' },
        handler: { fields: { 'cache-control': 'max-age=60', vary: 'x-a' } },
        sees: { from: 4 },
      },
      { path: '/b', send: { 'x-a': '2' }, sees: { from: 5 } },
    ],
  },
  {
    name: 'RFC 9111 §4.4 what is ended is not validated either: it may be another by now (ours)',
    steps: [
      { handler: { fields: { 'cache-control': 'max-age=60', etag: '"a"' } }, sees: { from: 1 } },
      { method: 'DELETE', handler: { status: 204 }, sees: { from: 2 } },
      { handler: {}, sees: { from: 3 }, asks: { 'if-none-match': null } },
    ],
  },
]
