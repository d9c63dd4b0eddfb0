/** RFC 9111 §4.2: freshness lifetime, age, invalid numbers and dates. */
import { asctime, date, notReused, type Row, type RowHeaders, reused, rfc850 } from './row.ts'

const control = (value: string | string[]): RowHeaders => ({ 'cache-control': value })
const JUST_BEFORE = { after: 59 }
const JUST_AFTER = { after: 60 }

/** Each defines a lifetime of a minute. */
const MINUTES = [
  'max-age=60',
  'MaX-AgE=60',
  'max-age=0060',
  'max-age="60"',
  ' , , max-age=60,,',
  'max-age=60, x-unknown, y=z',
  'x="a, max-age=1", max-age=60',
  'x="\\", max-age=1", max-age=60',
  'x="no-store", max-age=60',
  's-maxage=60',
  's-maxage=60, max-age=1',
  'max-age=600, s-maxage=60',
  'max-age=60, must-revalidate',
  'max-age=60, proxy-revalidate',
  'max-age=60, immutable',
  'max-age=60, no-transform',
  'max-age=60, stale-while-revalidate=x',
  'max-ages=600, max-age=60',
  'x-max-age=1, max-age=60',
]

/** Invalid lifetimes: the response is stale, whatever its Expires is (§4.2.1). */
const INVALID = [
  'max-age=abc',
  'max-age=-60',
  'max-age=+60',
  "max-age='60'",
  'max-age=60s',
  'max-age=60 seconds',
  'max-age=1.5e2',
  'max-age=0x60',
  'max-age=',
  'max-age',
  'max-age=""',
  's-maxage=abc, max-age=60',
]

/** In none of the three date formats. */
const INVALID_DATES = [
  '0',
  '-1',
  '',
  date(60).replace('GMT', 'UTC'),
  date(60).replace('GMT', '+0000'),
  date(60).replace(' GMT', ''),
  date(60).replace(',', ''),
  date(60).replace('12:', '9:').replace('22 ', '23 '),
  date(60).replace('22 Nov', '2 Dec'),
  date(60).replace('Nov', 'November'),
  date(60).replace('2026', '26'),
  date(60).replace('12:', '25:'),
  date(60).replace('22 Nov', '31 Nov'),
  `"${date(60)}"`,
  `${date(60)}, ${date(60)}`,
  `${date(60)} x`,
  new Date(Date.UTC(2026, 10, 22, 12, 1)).toISOString(),
  '1795348860',
  rfc850(60).replace('Sunday', 'Sun'),
  rfc850(60).replaceAll('-', ' '),
]

export const freshness: Row[] = [
  ...MINUTES.map((value) =>
    reused(`RFC 9111 §4.2.1 a response is fresh for a minute: ${value}`, control(value), JUST_BEFORE),
  ),
  ...MINUTES.map((value) =>
    notReused(`RFC 9111 §4.2 a response is stale after a minute: ${value}`, control(value), JUST_AFTER),
  ),
  ...INVALID.map((value) =>
    notReused(`RFC 9111 §4.2.1 a response with an invalid lifetime is stale: ${value}`, {
      ...control(value),
      expires: date(600),
    }),
  ),
  reused(
    'RFC 9111 §1.2.2 a number beyond the limit is treated as a large number',
    control('max-age=99999999999999999999'),
    {
      after: 365 * 86_400,
    },
  ),
  reused(
    'RFC 9111 §5.2 several lines of Cache-Control form one list',
    control(['x', 'max-age=60']),
    JUST_BEFORE,
  ),
  notReused(
    'RFC 9111 §4.2.1 the first of two max-age is used if it is the shorter one (own choice)',
    control('max-age=1, max-age=60'),
    { after: 2 },
  ),
  notReused(
    'RFC 9111 §4.2.1 a second max-age never extends the lifetime',
    control(['max-age=1', 'max-age=60']),
    {
      after: 2,
    },
  ),
  notReused('RFC 9111 §5.2 a quoted string contains no directives', control('x="max-age=60"')),
  notReused(
    'RFC 9111 §5.2 a quoted string with an escaped quote contains no directives',
    control('x="\\", max-age=60, "'),
  ),
  notReused('RFC 9111 §5.2 a directive name must match completely', control('max-aged=60')),
  reused('RFC 9111 §5.4 Pragma in a response has no meaning', {
    ...control('max-age=60'),
    pragma: 'no-cache',
  }),
  notReused(
    'RFC 8246 §2 immutable does not extend the lifetime',
    control('max-age=60, immutable'),
    JUST_AFTER,
  ),
  notReused('RFC 9111 §4.2.1 a response with max-age=0 is stale immediately', control('max-age=0'), {
    after: 0,
  }),
  notReused('RFC 9111 §4.2.1 s-maxage=0 takes precedence over max-age', control('max-age=60, s-maxage=0'), {
    after: 0,
  }),

  // Expires.
  ...[date, rfc850, asctime].map((form) =>
    reused(
      `RFC 9111 §5.3 a response is fresh until Expires: ${form(60)}`,
      { expires: form(60) },
      JUST_BEFORE,
    ),
  ),
  ...[date, rfc850, asctime].map((form) =>
    notReused(
      `RFC 9111 §5.3 a response is stale from Expires on: ${form(60)}`,
      { expires: form(60) },
      JUST_AFTER,
    ),
  ),
  ...[date(60).replace('GMT', 'gmt'), date(60).replace('Nov', 'nov'), date(60).toUpperCase()].map((value) =>
    reused(
      `RFC 9111 §5.3 Expires may have any letter case (own choice): ${value}`,
      { expires: value },
      JUST_BEFORE,
    ),
  ),
  ...INVALID_DATES.map((value) =>
    notReused(`RFC 9111 §5.3 a response with an invalid Expires is stale: ${JSON.stringify(value)}`, {
      expires: value,
    }),
  ),
  notReused('RFC 9111 §5.3 two lines of Expires are invalid', { expires: [date(60), date(60)] }),
  notReused('RFC 9110 §5.6.7 a two-digit year more than 50 years ahead is in the past', {
    expires: 'Monday, 22-Nov-77 12:00:00 GMT',
  }),
  reused('RFC 9110 §5.6.7 a two-digit year at most 50 years ahead is in the future', {
    expires: 'Sunday, 22-Nov-76 11:00:00 GMT',
  }),
  reused('RFC 9110 §5.6.7 a date may be after 2038', { expires: 'Thu, 22 Nov 2096 12:00:00 GMT' }),
  notReused('RFC 9111 §4.2.1 a response whose Expires equals its Date is stale', {
    date: date(0),
    expires: date(0),
  }),
  reused(
    'RFC 9111 §4.2.1 max-age takes precedence over an Expires in the past',
    {
      ...control('max-age=60'),
      expires: date(-600),
    },
    JUST_BEFORE,
  ),
  notReused(
    'RFC 9111 §4.2.1 max-age takes precedence over a later Expires',
    {
      ...control('max-age=60'),
      expires: date(600),
    },
    JUST_AFTER,
  ),
  reused(
    'RFC 9111 §4.2.1 s-maxage takes precedence over an Expires in the past',
    {
      ...control('s-maxage=60'),
      expires: date(-600),
    },
    JUST_BEFORE,
  ),
  reused(
    'RFC 9111 §4.2.1 the lifetime is the difference of Expires and Date',
    {
      date: date(100),
      expires: date(160),
    },
    JUST_BEFORE,
  ),
  notReused(
    'RFC 9111 §4.2.1 the lifetime is not measured by the clock of the cache',
    { date: date(100), expires: date(160) },
    JUST_AFTER,
  ),
  reused(
    'RFC 9111 §4.2.1 an invalid Date is replaced by the current time',
    { date: 'now', expires: date(60) },
    JUST_BEFORE,
  ),

  // Age.
  reused('RFC 9111 §5.1 a stored response has an Age', control('max-age=60'), {
    after: 42,
    essential: true,
    expect: { headers: { age: '42' } },
  }),
  reused(
    'RFC 9111 §4.2.3 Age is the sum of the received Age and the time since',
    {
      ...control('max-age=60'),
      age: '20',
    },
    { after: 39, expect: { headers: { age: '59' } } },
  ),
  notReused(
    'RFC 9111 §4.2.3 the received Age reduces the remaining lifetime',
    { ...control('max-age=60'), age: '20' },
    {
      after: 40,
    },
  ),
  notReused('RFC 9111 §4.2.3 a response may be stale when it is received', {
    ...control('max-age=60'),
    age: '60',
  }),
  reused(
    'RFC 9111 §4.2.3 the age is derived from Date if that is larger than Age',
    {
      ...control('max-age=60'),
      date: date(-20),
      age: '5',
    },
    { after: 39, expect: { headers: { age: '59' } } },
  ),
  notReused(
    'RFC 9111 §4.2.3 the age derived from Date reduces the remaining lifetime',
    { ...control('max-age=60'), date: date(-20) },
    {
      after: 40,
    },
  ),
  reused(
    'RFC 9111 §4.2.3 the received Age is used if it is larger than the one derived from Date',
    {
      ...control('max-age=60'),
      date: date(-5),
      age: '20',
    },
    { after: 39, expect: { headers: { age: '59' } } },
  ),
  reused(
    'RFC 9111 §4.2.3 a Date in the future results in an age of 0',
    {
      ...control('max-age=60'),
      date: date(600),
    },
    { after: 59, expect: { headers: { age: '59' } } },
  ),
  notReused(
    'RFC 9111 §4.2.3 a Date in the future does not extend the lifetime',
    { ...control('max-age=60'), date: date(600) },
    JUST_AFTER,
  ),
  ...[rfc850, asctime].map((form) =>
    notReused(
      `RFC 9111 §4.2.3 Date may have an older format: ${form(-20)}`,
      {
        ...control('max-age=60'),
        date: form(-20),
      },
      { after: 40 },
    ),
  ),
  notReused('RFC 9111 §5.1 the first member of a list in Age is used', {
    ...control('max-age=60'),
    age: '60, 0',
  }),
  reused(
    'RFC 9111 §5.1 later members of a list in Age are ignored',
    { ...control('max-age=60'), age: '0, 60' },
    JUST_BEFORE,
  ),
  notReused('RFC 9111 §5.1 the first line of Age is used', {
    ...control('max-age=60'),
    age: ['60', '0'],
  }),
  notReused('RFC 9111 §5.1 leading zeros in Age are ignored', { ...control('max-age=60'), age: '0060' }),
  notReused('RFC 9111 §1.2.2 an Age beyond the limit is treated as a large number', {
    ...control('max-age=60'),
    age: '99999999999999999999',
  }),
  ...['-60', '+60', '60.0', '60s', '"60"', 'abc', '0x60', ''].map((age) =>
    reused(
      `RFC 9111 §5.1 an invalid Age is ignored: ${JSON.stringify(age)}`,
      {
        ...control('max-age=60'),
        age,
      },
      { after: 59, expect: { headers: { age: '59' } } },
    ),
  ),
]
