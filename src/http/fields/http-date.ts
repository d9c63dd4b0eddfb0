/**
 * Parses dates in headers (RFC 9110 §5.6.7). Accepts only the three formats of the RFC, in any letter case. `Date.parse` is not
 * used, because it accepts many other formats.
 */

const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec'
const MONTH = `(?<month>${MONTHS})`
const TIME = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)'

const FORMATS = [
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT`,
  `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT`,
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})`,
].map((format) => new RegExp(`^${format}$`, 'i'))

/**
 * Returns the date in epoch ms, or `undefined` when the text is neither in IMF-fixdate nor in the RFC 850 or asctime format.
 *
 * @param now epoch ms; a two-digit year is at most 50 years after this time.
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const format of FORMATS) {
    const parts = format.exec(text)?.groups
    if (parts === undefined) continue
    const { day, month, year, hour, minute, second } = parts as Record<string, string> // the three formats name all six groups
    const date = new Date(0) // not Date.UTC, which reads the year 94 as 1994
    date.setUTCFullYear(fullYear(String(year), now), monthOf(String(month)), Number(day))
    if (date.getUTCDate() !== Number(day)) return undefined // the date does not exist: 31 February became a day in March
    return date.setUTCHours(Number(hour), Number(minute), Number(second))
  }
  return undefined
}

/** From 0 to 11. */
function monthOf(name: string): number {
  return MONTHS.indexOf(name.toLowerCase()) / 4
}

function fullYear(year: string, now: number): number {
  if (year.length === 4) return Number(year)
  const thisYear = new Date(now).getUTCFullYear()
  const candidate = thisYear - (thisYear % 100) + Number(year)
  return candidate > thisYear + 50 ? candidate - 100 : candidate
}
