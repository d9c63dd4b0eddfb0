/** RFC 9213: what is meant for caches like us, as Structured Fields; and what is meant for us alone. */
import { askedAgain, date, type Row, reused } from './row.ts'

const CDN = 'cdn-cache-control'
const OURS = 'hitrate-cache-control'

const BROKEN = [
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
  reused('RFC 9213 §2.2 and private', { 'cache-control': 'private', [CDN]: 'max-age=60' }),
  askedAgain('RFC 9213 §2.2 its no-store forbids what Cache-Control allows', {
    'cache-control': 'max-age=60',
    [CDN]: 'no-store',
  }),
  askedAgain('RFC 9213 §2.2 its private does', { 'cache-control': 'max-age=60', [CDN]: 'private' }),
  askedAgain(
    'RFC 9213 §2.2 its max-age replaces a longer one',
    {
      'cache-control': 'max-age=60',
      [CDN]: 'max-age=1',
    },
    { after: 2 },
  ),
  askedAgain(
    'RFC 9213 §2.2 its max-age replaces s-maxage',
    {
      'cache-control': 's-maxage=60',
      [CDN]: 'max-age=1',
    },
    { after: 2 },
  ),
  askedAgain('RFC 9213 §2.2 Expires does not count beside it', { expires: date(60), [CDN]: 'public' }),
  reused('RFC 9213 §2.2 an Expires in the past does not count either', {
    expires: date(-60),
    [CDN]: 'max-age=60',
  }),
  askedAgain('RFC 9213 §2.2 nor does what it does not repeat: Cache-Control’s lifetime', {
    'cache-control': 'max-age=60',
    [CDN]: 'stale-if-error=0',
  }),
  ...BROKEN.map((field) =>
    reused(
      `RFC 9213 §2.1 a field that is broken anywhere is ignored: ${JSON.stringify(field)}`,
      {
        'cache-control': 'max-age=1000',
        [CDN]: field,
      },
      { after: 500 },
    ),
  ),
  askedAgain('RFC 9213 §2.1 a broken field does not hide no-store', {
    'cache-control': 'no-store',
    [CDN]: 'max-age=60, &',
  }),
  reused('RFC 9213 §2.1 unknown directives and parameters are ignored', {
    'cache-control': 'no-store',
    [CDN]: 'x-own="no-store", max-age=60;no-store, y=(no-store);a=1',
  }),
  reused('RFC 8941 §3.2 of a key given twice, the last counts', {
    'cache-control': 'no-store',
    [CDN]: 'max-age=0, max-age=60',
  }),
  reused('RFC 8941 §3.3.6 what is false is not said', { [CDN]: 'max-age=60, no-store=?0, private=?0' }),
  reused('RFC 8941 §4.2 several lines are one field', {
    'cache-control': 'no-store',
    [CDN]: ['max-age=60', 'public'],
  }),
  reused(
    'RFC 9213 §2.2 CDN-Cache-Control is passed on, and so is what it replaces (ours)',
    {
      'cache-control': 'no-store',
      [CDN]: 'max-age=60',
    },
    { sees: { fields: { 'cache-control': 'no-store', [CDN]: 'max-age=60' } } },
  ),
  reused('RFC 9213 §3.1 Age counts against its max-age', { [CDN]: 'max-age=60', age: '30' }, { after: 29 }),
  askedAgain('RFC 9213 §3.1 Age ends it', { [CDN]: 'max-age=60', age: '30' }, { after: 30 }),
  reused(
    'RFC 9213 §3.1 an answer to Authorization may be kept where CDN-Cache-Control allows it',
    {
      [CDN]: 'max-age=60, public',
    },
    { send: { authorization: 'Bearer t' } },
  ),
  askedAgain(
    'RFC 9213 §3.1 and may not where only Cache-Control would',
    {
      'cache-control': 'public, max-age=60',
      [CDN]: 'max-age=60',
    },
    { send: { authorization: 'Bearer t' } },
  ),

  reused('RFC 9213 §2 Hitrate-Cache-Control replaces CDN-Cache-Control and Cache-Control (ours)', {
    'cache-control': 'no-store',
    [CDN]: 'no-store',
    [OURS]: 'max-age=60',
  }),
  askedAgain('RFC 9213 §2 it forbids what they allow (ours)', {
    'cache-control': 'max-age=60',
    [CDN]: 'max-age=60',
    [OURS]: 'no-store',
  }),
  {
    name: 'RFC 9213 §2 nobody else sees Hitrate-Cache-Control, kept or not (ours)',
    steps: [
      { handler: { fields: { [OURS]: 'max-age=60' } }, sees: { from: 1, fields: { [OURS]: null } } },
      { sees: { from: 1, fields: { [OURS]: null } } },
      {
        path: '/b',
        handler: { fields: { [OURS]: 'no-store' } },
        sees: { from: 3, fields: { [OURS]: null } },
      },
      {
        method: 'POST',
        handler: { fields: { [OURS]: 'max-age=60' } },
        sees: { from: 4, fields: { [OURS]: null } },
      },
    ],
  },
  reused(
    'RFC 9213 §2 targetedControl is what it says where the handler does not (ours)',
    {
      'cache-control': 'public, max-age=0',
    },
    {
      options: { targetedControl: 'max-age=60' },
      sees: { fields: { 'cache-control': 'public, max-age=0' } },
    },
  ),
  askedAgain(
    'RFC 9213 §2 the handler’s own Hitrate-Cache-Control wins over targetedControl (ours)',
    {
      [OURS]: 'max-age=1',
    },
    { options: { targetedControl: 'max-age=60' }, after: 2 },
  ),
  ...['no-store', 'private'].map((directive) =>
    askedAgain(
      `RFC 9213 §2 targetedControl never unlocks what the handler locks: ${directive} (ours)`,
      {
        'cache-control': directive,
      },
      { options: { targetedControl: 'max-age=60' } },
    ),
  ),
  askedAgain(
    'RFC 9213 §2 targetedControl counts for 200 only, unless cacheableStatusCodes says more (ours)',
    {},
    {
      handler: { status: 404 },
      options: { targetedControl: 'max-age=60' },
    },
  ),
  reused(
    'RFC 9213 §2 and for those that it names (ours)',
    {},
    {
      handler: { status: 404 },
      options: { targetedControl: 'max-age=60', cacheableStatusCodes: [404] },
    },
  ),
  reused(
    'RFC 9111 §5.2 cacheControl adds what the handler does not say, for everyone to see (ours)',
    {},
    {
      options: { cacheControl: 'max-age=60' },
      sees: { fields: { 'cache-control': 'max-age=60' } },
    },
  ),
  askedAgain(
    'RFC 9111 §5.2 cacheControl changes nothing that the handler says (ours)',
    {
      'cache-control': 'max-age=1',
    },
    { options: { cacheControl: 'max-age=60' }, after: 2 },
  ),
]
