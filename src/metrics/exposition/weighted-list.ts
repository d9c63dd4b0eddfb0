/** Parses the headers `Accept` and `Accept-Encoding`: `a/b;version=1;q=0.5, c/d` (RFC 9110 §12.4 and §12.5). */

/** One member of a list. The value and the parameter names are in lower case. */
export type Weighted = {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** Weight of the member, from 0 to 1. Default: 1. */
  readonly q: number
}

/**
 * Maximum length of a header. Longer headers are ignored: no scraper sends them, and parsing must stay cheap for every
 * request.
 */
const maxLength = 4096

/**
 * Returns the members in the order of the header, except those with an invalid weight. Never throws. The time is
 * proportional to the header's length.
 */
export function readWeightedList(header: string): readonly Weighted[] {
  if (header.length > maxLength) return []
  return splitOutsideQuotes(header, ',').flatMap(readMember)
}

function readMember(member: string): Weighted[] {
  const [value = '', ...rest] = splitOutsideQuotes(member, ';').map((part) => part.trim())
  const parameters = new Map(rest.map(readParameter))
  const q = parameters.get('q') ?? '1'
  if (value === '' || !/^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(q)) return []
  return [{ value: value.toLowerCase(), parameters, q: Number(q) }]
}

function readParameter(parameter: string): [name: string, value: string] {
  const [name = '', ...value] = parameter.split('=')
  return [name.trim().toLowerCase(), unquoted(value.join('=').trim())]
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1') : value
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (quoted && text[i] === '\\') i++
    else if (text[i] === '"') quoted = !quoted
    else if (text[i] === separator && !quoted) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, text.slice(start)]
}
