/** RFC 9211: what the cache says that it did. */
import { date, type Row } from './row.ts'

const FRESH = { 'cache-control': 'max-age=60' }
const TAGGED = { ...FRESH, etag: '"a"' }
const STORED = { fwd: 'uri-miss', stored: true, ttl: 60, hit: null } as const

/** Why nothing is kept, in our words. */
const REASONS: [detail: string, fields: Record<string, string>, status?: number][] = [
  ['no-store', { 'cache-control': 'no-store' }],
  ['private', { 'cache-control': 'private, max-age=60' }],
  ['no-lifetime', {}],
  ['set-cookie', { ...FRESH, 'set-cookie': 'a=1' }],
  ['vary-any', { ...FRESH, vary: '*' }],
  ['status', { ...FRESH, 'content-range': 'bytes 0-0/1' }, 206],
]

export const cacheStatus: Row[] = [
  {
    name: 'RFC 9211 §2.1 an answer that was kept is a hit, with the seconds that it is fresh still',
    essential: true,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1, cacheStatus: STORED } },
      {
        after: 20,
        sees: { from: 1, cacheStatus: { hit: true, ttl: 40, fwd: null, stored: null, 'fwd-status': null } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.1 a HEAD, a 304 and a part of it are hits, too',
    steps: [
      { handler: { fields: TAGGED, body: '0123' }, sees: { from: 1 } },
      { method: 'HEAD', sees: { from: 1, cacheStatus: { hit: true } } },
      { send: { 'if-none-match': '"a"' }, sees: { status: 304, cacheStatus: { hit: true } } },
      { send: { range: 'bytes=0-1' }, sees: { status: 206, cacheStatus: { hit: true } } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=uri-miss: nothing was kept',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1, cacheStatus: STORED } },
      { path: '/b', sees: { from: 2, cacheStatus: STORED } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=vary-miss: nothing of what was kept is for this request',
    steps: [
      {
        send: { 'x-a': '1' },
        handler: { fields: { ...FRESH, vary: 'x-a' } },
        sees: { from: 1, cacheStatus: STORED },
      },
      { send: { 'x-a': '2' }, sees: { from: 2, cacheStatus: { ...STORED, fwd: 'vary-miss' } } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=stale: what was kept was too old',
    essential: true,
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      { after: 61, sees: { from: 2, cacheStatus: { ...STORED, fwd: 'stale' } } },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=request: the client would not have it',
    options: { clientControl: true },
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1 } },
      {
        send: { 'cache-control': 'no-cache' },
        sees: { from: 2, cacheStatus: { ...STORED, fwd: 'request' } },
      },
      {
        after: 5,
        send: { 'cache-control': 'max-age=1' },
        sees: { from: 3, cacheStatus: { ...STORED, fwd: 'request' } },
      },
      {
        after: 61,
        send: { 'cache-control': 'max-age=1' },
        sees: { from: 4, cacheStatus: { ...STORED, fwd: 'stale' } }, // nobody could have it any more
      },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=method: it is no method for a cache',
    essential: true,
    steps: [
      {
        method: 'POST',
        handler: { fields: FRESH },
        sees: { from: 1, cacheStatus: { fwd: 'method', stored: null, hit: null } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.2 fwd=bypass: the cache was to stay out of it',
    options: { clientControl: true },
    steps: [
      {
        send: { 'cache-control': 'no-store' },
        handler: { fields: FRESH },
        sees: { from: 1, cacheStatus: { fwd: 'bypass', stored: null } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.3 fwd-status says what the handler answered, where the client gets something else: 304',
    essential: true,
    steps: [
      { handler: { fields: TAGGED }, sees: { from: 1, cacheStatus: { 'fwd-status': null } } },
      {
        after: 61,
        handler: { status: 304, fields: TAGGED },
        sees: { from: 1, cacheStatus: { fwd: 'stale', 'fwd-status': 304, hit: null } },
        asks: true,
      },
    ],
  },
  {
    name: 'RFC 9211 §2.3 fwd-status says what the handler answered, where the client gets something else: 503',
    steps: [
      { handler: { fields: { 'cache-control': 'max-age=60, stale-if-error=60' } }, sees: { from: 1 } },
      {
        after: 70,
        handler: { status: 503 },
        sees: {
          from: 1,
          cacheStatus: { fwd: 'stale', 'fwd-status': 503, ttl: -10, stored: null, detail: /./ },
        },
        asks: true,
      },
    ],
  },
  {
    name: 'RFC 9211 §2.3 fwd-status says what the handler answered, where the client gets something else: 200',
    steps: [
      {
        send: { 'if-none-match': '"a"' },
        handler: { fields: TAGGED },
        sees: { status: 304, cacheStatus: { fwd: 'uri-miss', 'fwd-status': 200 } },
        asks: true,
      },
    ],
  },
  {
    name: 'RFC 9211 §2.4 ttl is negative when a stale answer serves',
    steps: [
      {
        handler: { fields: { 'cache-control': 'max-age=60, stale-while-revalidate=60' } },
        sees: { from: 1 },
      },
      { after: 70, sees: { from: 1, cacheStatus: { hit: true, ttl: -10 } }, asks: true },
    ],
  },
  {
    name: 'RFC 9211 §2.4 ttl counts the Age with which the answer came',
    steps: [
      {
        handler: { fields: { ...FRESH, age: '20' } },
        sees: { from: 1, cacheStatus: { ...STORED, ttl: 40 } },
      },
    ],
  },
  ...REASONS.map(
    ([detail, fields, status = 200]): Row => ({
      name: `RFC 9211 §2.8 stored is not said of what is not kept, and detail says why: ${detail} (ours)`,
      steps: [
        {
          handler: { status, fields },
          sees: { from: 1, cacheStatus: { fwd: 'uri-miss', stored: null, ttl: null, detail } },
        },
      ],
    }),
  ),
  {
    name: 'RFC 9211 §2.8 and detail says why an answer to Authorization is not (ours)',
    steps: [
      {
        send: { authorization: 'Bearer t' },
        handler: { fields: FRESH },
        sees: { from: 1, cacheStatus: { fwd: 'uri-miss', stored: null, detail: /authorization/ } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.8 detail says why only-if-cached got nothing (ours)',
    steps: [
      {
        send: { 'cache-control': 'only-if-cached' },
        sees: { status: 504, cacheStatus: { hit: null, stored: null, detail: 'only-if-cached' } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.6 collapsed: those who shared the load of another say so',
    steps: [
      {
        together: 10,
        handler: { fields: FRESH },
        sees: { from: 1, collapsed: 9, cacheStatus: { fwd: 'uri-miss' } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2.6 nobody shares what may not be kept, and nobody says so',
    steps: [
      {
        together: 10,
        handler: { fields: { 'cache-control': 'private' } },
        sees: { from: 1, collapsed: 0 },
        asks: 10,
      },
    ],
  },
  {
    name: 'RFC 9211 §2 the handler’s own member stands before ours',
    steps: [
      {
        handler: { fields: { ...FRESH, 'cache-status': 'origin; hit; ttl=5' } },
        sees: { from: 1, fields: { 'cache-status': /^origin; hit; ttl=5, hitrate; / }, cacheStatus: STORED },
      },
      {
        sees: {
          from: 1,
          fields: { 'cache-status': /^origin; hit; ttl=5, hitrate; / },
          cacheStatus: { hit: true },
        },
      },
      {
        path: '/b',
        handler: { fields: { 'cache-control': 'no-store', 'cache-status': ['a; hit', 'b; hit'] } },
        sees: { from: 3, fields: { 'cache-status': /^a; hit, b; hit, hitrate; / } },
      },
      {
        method: 'POST',
        handler: { fields: { 'cache-status': 'origin; fwd=method' } },
        sees: { from: 4, fields: { 'cache-status': /^origin; fwd=method, hitrate; / } },
      },
    ],
  },
  {
    name: 'RFC 9211 §2 an error of the handler says it, too',
    steps: [{ handler: { throws: true }, sees: { from: 1, cacheStatus: { fwd: 'uri-miss', stored: null } } }],
  },
  {
    name: 'RFC 9211 §2.7 the key is told with `debug` (ours)',
    options: { debug: true },
    steps: [
      { path: '/b?x', handler: { fields: FRESH }, sees: { from: 1, cacheStatus: { key: /\/b\?x/ } } },
      { path: '/b?x', sees: { from: 1, cacheStatus: { key: /\/b\?x/ } } },
    ],
  },
  {
    name: 'RFC 9211 §2.7 and to nobody without (ours)',
    steps: [
      { handler: { fields: FRESH }, sees: { from: 1, cacheStatus: { key: null } } },
      { sees: { from: 1, cacheStatus: { key: null } } },
    ],
  },
  {
    name: 'RFC 9211 §2.4 a heuristic lifetime has its ttl',
    steps: [
      { handler: { fields: { 'last-modified': date(-600) } }, sees: { from: 1, cacheStatus: STORED } },
      { after: 9, sees: { from: 1, cacheStatus: { hit: true, ttl: 51 } } },
    ],
  },
]
