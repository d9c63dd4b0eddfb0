/** RFC 9213: targeted headers, which are Structured Fields: CDN-Cache-Control and Hitrate-Cache-Control. */
import { date, notReused, type Row, reused } from './row.ts'

const CDN = 'cdn-cache-control'
const HITRATE = 'hitrate-cache-control'

const INVALID = [
  'max-age=60,',
  ', max-age=60',
  'max-age=60 public',
  'Max-Age=60',
  'max-age=60, max-age=',
  'max-age="60',
  'max-age=60; =',
  '',
]

export const targeted: Row[] = [
  reused(
    'RFC 9213 §2.2 CDN-Cache-Control replaces Cache-Control, even no-store',
    {
      'cache-control': 'no-store',
      [CDN]: 'max-age=60',
    },
    { essential: true },
  ),
  reused('RFC 9213 §2.2 CDN-Cache-Control replaces private', {
    'cache-control': 'private',
    [CDN]: 'max-age=60',
  }),
  notReused('RFC 9213 §2.2 no-store in CDN-Cache-Control forbids storage that Cache-Control allows', {
    'cache-control': 'max-age=60',
    [CDN]: 'no-store',
  }),
  notReused('RFC 9213 §2.2 private in CDN-Cache-Control forbids storage that Cache-Control allows', {
    'cache-control': 'max-age=60',
    [CDN]: 'private',
  }),
  notReused(
    'RFC 9213 §2.2 max-age in CDN-Cache-Control replaces a longer one in Cache-Control',
    {
      'cache-control': 'max-age=60',
      [CDN]: 'max-age=1',
    },
    { after: 2 },
  ),
  notReused(
    'RFC 9213 §2.2 max-age in CDN-Cache-Control replaces s-maxage in Cache-Control',
    {
      'cache-control': 's-maxage=60',
      [CDN]: 'max-age=1',
    },
    { after: 2 },
  ),
  notReused('RFC 9213 §2.2 Expires is ignored with CDN-Cache-Control', {
    expires: date(60),
    [CDN]: 'public',
  }),
  reused('RFC 9213 §2.2 an Expires in the past is ignored with CDN-Cache-Control', {
    expires: date(-60),
    [CDN]: 'max-age=60',
  }),
  notReused('RFC 9213 §2.2 the lifetime in Cache-Control is ignored with CDN-Cache-Control', {
    'cache-control': 'max-age=60',
    [CDN]: 'stale-if-error=0',
  }),
  ...INVALID.map((header) =>
    reused(
      `RFC 9213 §2.1 an invalid targeted header is ignored: ${JSON.stringify(header)}`,
      {
        'cache-control': 'max-age=1000',
        [CDN]: header,
      },
      { after: 500 },
    ),
  ),
  notReused('RFC 9213 §2.1 an invalid targeted header does not disable no-store in Cache-Control', {
    'cache-control': 'no-store',
    [CDN]: 'max-age=60, &',
  }),
  reused('RFC 9213 §2.1 unknown directives and parameters are ignored', {
    'cache-control': 'no-store',
    [CDN]: 'x-own="no-store", max-age=60;no-store, y=(no-store);a=1',
  }),
  reused('RFC 8941 §3.2 the last of two members with one key is used', {
    'cache-control': 'no-store',
    [CDN]: 'max-age=0, max-age=60',
  }),
  reused('RFC 8941 §3.3.6 a directive with the value false is ignored', {
    [CDN]: 'max-age=60, no-store=?0, private=?0',
  }),
  reused('RFC 8941 §4.2 several lines form one dictionary', {
    'cache-control': 'no-store',
    [CDN]: ['max-age=60', 'public'],
  }),
  reused(
    'RFC 9213 §2.2 CDN-Cache-Control and Cache-Control are sent to the client (own choice)',
    {
      'cache-control': 'no-store',
      [CDN]: 'max-age=60',
    },
    { expect: { headers: { 'cache-control': 'no-store', [CDN]: 'max-age=60' } } },
  ),
  reused(
    'RFC 9213 §3.1 Age reduces the lifetime from CDN-Cache-Control',
    { [CDN]: 'max-age=60', age: '30' },
    { after: 29 },
  ),
  notReused(
    'RFC 9213 §3.1 a response is stale once its Age reaches max-age in CDN-Cache-Control',
    { [CDN]: 'max-age=60', age: '30' },
    { after: 30 },
  ),
  reused(
    'RFC 9213 §3.1 a response to Authorization is stored if CDN-Cache-Control allows it',
    {
      [CDN]: 'max-age=60, public',
    },
    { send: { authorization: 'Bearer t' } },
  ),
  notReused(
    'RFC 9213 §3.1 a response to Authorization is not stored if only Cache-Control allows it',
    {
      'cache-control': 'public, max-age=60',
      [CDN]: 'max-age=60',
    },
    { send: { authorization: 'Bearer t' } },
  ),

  reused('RFC 9213 §2 Hitrate-Cache-Control replaces CDN-Cache-Control and Cache-Control (own choice)', {
    'cache-control': 'no-store',
    [CDN]: 'no-store',
    [HITRATE]: 'max-age=60',
  }),
  notReused('RFC 9213 §2 Hitrate-Cache-Control forbids storage that the other headers allow (own choice)', {
    'cache-control': 'max-age=60',
    [CDN]: 'max-age=60',
    [HITRATE]: 'no-store',
  }),
  {
    name: 'RFC 9213 §2 Hitrate-Cache-Control is never sent to the client (own choice)',
    steps: [
      {
        handler: { headers: { [HITRATE]: 'max-age=60' } },
        expect: { from: 1, headers: { [HITRATE]: null } },
      },
      { expect: { from: 1, headers: { [HITRATE]: null } } },
      {
        path: '/b',
        handler: { headers: { [HITRATE]: 'no-store' } },
        expect: { from: 3, headers: { [HITRATE]: null } },
      },
      {
        method: 'POST',
        handler: { headers: { [HITRATE]: 'max-age=60' } },
        expect: { from: 4, headers: { [HITRATE]: null } },
      },
    ],
  },
  reused(
    'RFC 9213 §2 targetedControl replaces a missing Hitrate-Cache-Control (own choice)',
    {
      'cache-control': 'public, max-age=0',
    },
    {
      options: { targetedControl: 'max-age=60' },
      expect: { headers: { 'cache-control': 'public, max-age=0' } },
    },
  ),
  notReused(
    'RFC 9213 §2 the handler’s Hitrate-Cache-Control takes precedence over targetedControl (own choice)',
    {
      [HITRATE]: 'max-age=1',
    },
    { options: { targetedControl: 'max-age=60' }, after: 2 },
  ),
  ...['no-store', 'private'].map((directive) =>
    notReused(
      `RFC 9213 §2 targetedControl does not cancel the handler’s ${directive} (own choice)`,
      {
        'cache-control': directive,
      },
      { options: { targetedControl: 'max-age=60' } },
    ),
  ),
  notReused(
    'RFC 9213 §2 targetedControl applies to 200 only by default (own choice)',
    {},
    {
      handler: { status: 404 },
      options: { targetedControl: 'max-age=60' },
    },
  ),
  reused(
    'RFC 9213 §2 targetedControl applies to cacheableStatusCodes (own choice)',
    {},
    {
      handler: { status: 404 },
      options: { targetedControl: 'max-age=60', cacheableStatusCodes: [404] },
    },
  ),
  reused(
    'RFC 9111 §5.2 cacheControl adds the directives that the handler does not set (own choice)',
    {},
    {
      options: { cacheControl: 'max-age=60' },
      expect: { headers: { 'cache-control': 'max-age=60' } },
    },
  ),
  notReused(
    'RFC 9111 §5.2 cacheControl does not change the handler’s directives (own choice)',
    {
      'cache-control': 'max-age=1',
    },
    { options: { cacheControl: 'max-age=60' }, after: 2 },
  ),
]
