/**
 * Dates in header fields (RFC 9110 §5.6.7): the three forms there are, and nothing that `Date.parse` makes up. Only the case
 * of their letters is forgiven: it leaves no doubt about the moment.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH = MONTHS.join('|')
const TIME = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)'

const FORMS = [
  new RegExp(
    `^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) (?<month>${MONTH}) (?<year>\\d{4}) ${TIME} GMT$`,
    'i',
  ),
  new RegExp(
    `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-(?<month>${MONTH})-(?<year>\\d\\d) ${TIME} GMT$`,
    'i',
  ),
  new RegExp(
    `^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>${MONTH}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`,
    'i',
  ),
]

/**
 * The date in epoch ms, or `undefined` when the text is none of IMF-fixdate, RFC 850 and asctime.
 *
 * @param now epoch ms; decides the century of a two-digit year (never more than 50 years ahead).
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups
    if (parts === undefined) continue
    const { day, month, year, hour, minute, second } = parts as Record<string, string> // every form names all six
    const date = new Date(0) // Date.UTC would take the year 94 for 1994
    date.setUTCFullYear(fullYear(String(year), now), monthOf(String(month)), Number(day))
    if (date.getUTCDate() !== Number(day)) return undefined // 31 February has rolled over into March
    return date.setUTCHours(Number(hour), Number(minute), Number(second))
  }
  return undefined
}

function monthOf(name: string): number {
  return MONTHS.findIndex((month) => month.toLowerCase() === name.toLowerCase())
}

function fullYear(year: string, now: number): number {
  if (year.length === 4) return Number(year)
  const thisYear = new Date(now).getUTCFullYear()
  const candidate = thisYear - (thisYear % 100) + Number(year)
  return candidate > thisYear + 50 ? candidate - 100 : candidate
}
