/** RFC 9111 §4.2: how long an answer is fresh, how old it is, and what is no number and no date. */
import { asctime, askedAgain, date, type Fields, type Row, reused, rfc850 } from './row.ts'

const control = (value: string | string[]): Fields => ({ 'cache-control': value })
const JUST_BEFORE = { after: 59 }
const JUST_AFTER = { after: 60 }

/** Each is a lifetime of a minute. */
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

/** Each is there, and is none: not fresh at all, whatever Expires says (§4.2.1). */
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

/** None of the three forms of a date. */
const NO_DATES = [
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
    reused(`RFC 9111 §4.2.1 is fresh for a minute: ${value}`, control(value), JUST_BEFORE),
  ),
  ...MINUTES.map((value) =>
    askedAgain(`RFC 9111 §4.2 is stale when the minute has passed: ${value}`, control(value), JUST_AFTER),
  ),
  ...INVALID.map((value) =>
    askedAgain(`RFC 9111 §4.2.1 a lifetime that is there but invalid is none: ${value}`, {
      ...control(value),
      expires: date(600),
    }),
  ),
  reused(
    'RFC 9111 §1.2.2 a number that is too great is a great number',
    control('max-age=99999999999999999999'),
    {
      after: 365 * 86_400,
    },
  ),
  reused('RFC 9111 §5.2 several lines are one list', control(['x', 'max-age=60']), JUST_BEFORE),
  askedAgain(
    'RFC 9111 §4.2.1 of a directive given twice the first counts, if it is the shorter one (ours)',
    control('max-age=1, max-age=60'),
    { after: 2 },
  ),
  askedAgain('RFC 9111 §4.2.1 a duplicate never makes it live longer', control(['max-age=1', 'max-age=60']), {
    after: 2,
  }),
  askedAgain('RFC 9111 §5.2 a directive within a quoted string is none', control('x="max-age=60"')),
  askedAgain(
    'RFC 9111 §5.2 nor is one in a quoted string with a quoted quote',
    control('x="\\", max-age=60, "'),
  ),
  askedAgain('RFC 9111 §5.2 a longer name is another directive', control('max-aged=60')),
  reused('RFC 9111 §5.4 Pragma in an answer means nothing', { ...control('max-age=60'), pragma: 'no-cache' }),
  askedAgain(
    'RFC 8246 §2 immutable does not make it live longer',
    control('max-age=60, immutable'),
    JUST_AFTER,
  ),
  askedAgain('RFC 9111 §4.2.1 max-age=0 is stale at once', control('max-age=0'), { after: 0 }),
  askedAgain('RFC 9111 §4.2.1 s-maxage=0 wins over max-age', control('max-age=60, s-maxage=0'), { after: 0 }),

  // Expires.
  ...[date, rfc850, asctime].map((form) =>
    reused(`RFC 9111 §5.3 Expires is a date: ${form(60)}`, { expires: form(60) }, JUST_BEFORE),
  ),
  ...[date, rfc850, asctime].map((form) =>
    askedAgain(`RFC 9111 §5.3 and is past then: ${form(60)}`, { expires: form(60) }, JUST_AFTER),
  ),
  ...[date(60).replace('GMT', 'gmt'), date(60).replace('Nov', 'nov'), date(60).toUpperCase()].map((value) =>
    reused(
      `RFC 9111 §5.3 the case of its letters leaves no doubt (ours): ${value}`,
      { expires: value },
      JUST_BEFORE,
    ),
  ),
  ...NO_DATES.map((value) =>
    askedAgain(`RFC 9111 §5.3 an Expires that is no date is past: ${JSON.stringify(value)}`, {
      expires: value,
    }),
  ),
  askedAgain('RFC 9111 §5.3 two lines of Expires are no date', { expires: [date(60), date(60)] }),
  askedAgain('RFC 9110 §5.6.7 a year of two digits more than 50 years ahead is in the past', {
    expires: 'Monday, 22-Nov-77 12:00:00 GMT',
  }),
  reused('RFC 9110 §5.6.7 and up to 50 years ahead it is not', { expires: 'Sunday, 22-Nov-76 11:00:00 GMT' }),
  reused('RFC 9110 §5.6.7 a year after 2038 is no trouble', { expires: 'Thu, 22 Nov 2096 12:00:00 GMT' }),
  askedAgain('RFC 9111 §4.2.1 Expires that equals Date is no lifetime', { date: date(0), expires: date(0) }),
  reused(
    'RFC 9111 §4.2.1 max-age wins over an Expires in the past',
    {
      ...control('max-age=60'),
      expires: date(-600),
    },
    JUST_BEFORE,
  ),
  askedAgain(
    'RFC 9111 §4.2.1 max-age wins over a later Expires',
    {
      ...control('max-age=60'),
      expires: date(600),
    },
    JUST_AFTER,
  ),
  reused(
    'RFC 9111 §4.2.1 s-maxage wins over an Expires in the past',
    {
      ...control('s-maxage=60'),
      expires: date(-600),
    },
    JUST_BEFORE,
  ),
  reused(
    'RFC 9111 §4.2.1 Expires is counted from Date, on the handler’s clock',
    {
      date: date(100),
      expires: date(160),
    },
    JUST_BEFORE,
  ),
  askedAgain('RFC 9111 §4.2.1 and not from ours', { date: date(100), expires: date(160) }, JUST_AFTER),
  reused(
    'RFC 9111 §4.2.1 a Date that is no date counts as now',
    { date: 'now', expires: date(60) },
    JUST_BEFORE,
  ),

  // Age.
  reused('RFC 9111 §5.1 a kept answer says how old it is', control('max-age=60'), {
    after: 42,
    essential: true,
    sees: { fields: { age: '42' } },
  }),
  reused(
    'RFC 9111 §4.2.3 Age is what it was when the answer came, and the time since',
    {
      ...control('max-age=60'),
      age: '20',
    },
    { after: 39, sees: { fields: { age: '59' } } },
  ),
  askedAgain(
    'RFC 9111 §4.2.3 Age counts against the lifetime',
    { ...control('max-age=60'), age: '20' },
    {
      after: 40,
    },
  ),
  askedAgain('RFC 9111 §4.2.3 an answer may be stale when it comes', { ...control('max-age=60'), age: '60' }),
  reused(
    'RFC 9111 §4.2.3 what Date says counts where it is more',
    {
      ...control('max-age=60'),
      date: date(-20),
      age: '5',
    },
    { after: 39, sees: { fields: { age: '59' } } },
  ),
  askedAgain(
    'RFC 9111 §4.2.3 and ends its lifetime',
    { ...control('max-age=60'), date: date(-20) },
    {
      after: 40,
    },
  ),
  reused(
    'RFC 9111 §4.2.3 what Age says counts where it is more',
    {
      ...control('max-age=60'),
      date: date(-5),
      age: '20',
    },
    { after: 39, sees: { fields: { age: '59' } } },
  ),
  reused(
    'RFC 9111 §4.2.3 a Date in the future makes nothing younger than new',
    {
      ...control('max-age=60'),
      date: date(600),
    },
    { after: 59, sees: { fields: { age: '59' } } },
  ),
  askedAgain(
    'RFC 9111 §4.2.3 nor lets it live longer',
    { ...control('max-age=60'), date: date(600) },
    JUST_AFTER,
  ),
  ...[rfc850, asctime].map((form) =>
    askedAgain(
      `RFC 9111 §4.2.3 the older forms of Date count: ${form(-20)}`,
      {
        ...control('max-age=60'),
        date: form(-20),
      },
      { after: 40 },
    ),
  ),
  askedAgain('RFC 9111 §5.1 of a list in Age the first member counts', {
    ...control('max-age=60'),
    age: '60, 0',
  }),
  reused('RFC 9111 §5.1 and no other', { ...control('max-age=60'), age: '0, 60' }, JUST_BEFORE),
  askedAgain('RFC 9111 §5.1 of several lines of Age the first counts', {
    ...control('max-age=60'),
    age: ['60', '0'],
  }),
  askedAgain('RFC 9111 §5.1 zeros before an Age mean nothing', { ...control('max-age=60'), age: '0060' }),
  askedAgain('RFC 9111 §1.2.2 an Age that is too great is a great Age', {
    ...control('max-age=60'),
    age: '99999999999999999999',
  }),
  ...['-60', '+60', '60.0', '60s', '"60"', 'abc', '0x60', ''].map((age) =>
    reused(
      `RFC 9111 §5.1 an Age that is no number is ignored: ${JSON.stringify(age)}`,
      {
        ...control('max-age=60'),
        age,
      },
      { after: 59, sees: { fields: { age: '59' } } },
    ),
  ),
]
