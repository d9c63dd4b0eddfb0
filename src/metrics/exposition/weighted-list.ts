/** Reads the lists of `Accept` and `Accept-Encoding`: `a/b;version=1;q=0.5, c/d` (RFC 9110 §12.4 and §12.5). */

/** One member of a list. Value and names of parameters are in lower case. */
export type Weighted = {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** 0 to 1; 1 unless told. */
  readonly q: number
}

/** What is longer is not read: it is no scraper's, and reading must stay cheap whoever asks. */
const maxLength = 4096

/**
 * The members in the order of the field, those left out whose weight is no weight. Never throws, and takes time in
 * proportion to the field's length.
 */
export function readWeightedList(field: string): readonly Weighted[] {
  if (field.length > maxLength) return []
  return splitOutsideQuotes(field, ',').flatMap(readMember)
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
