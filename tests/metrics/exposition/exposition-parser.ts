/** Parses both text formats by their grammars, and throws on invalid text. */
import assert from 'node:assert/strict'

export type ParsedFamily = {
  name: string
  help: string
  type: string
  unit?: string
  samples: ParsedSample[]
}

export type ParsedSample = {
  name: string
  labels: Record<string, string>
  value: number
  exemplar?: { labels: Record<string, string>; value: number; timestamp: number }
}

type Grammar = {
  types: Record<string, readonly string[]>
  /** Characters that a backslash may escape in HELP. */
  escapedInHelp: string
  isOpenMetrics: boolean
}

const text: Grammar = {
  types: { counter: [''], gauge: [''], histogram: ['_bucket', '_sum', '_count'] },
  escapedInHelp: '\\n',
  isOpenMetrics: false,
}

const openMetrics: Grammar = {
  types: {
    counter: ['_total', '_created'],
    gauge: [''],
    info: ['_info'],
    histogram: ['_bucket', '_sum', '_count', '_created'],
  },
  escapedInHelp: '\\n"',
  isOpenMetrics: true,
}

export function parseText(written: string): ParsedFamily[] {
  assert.ok(written === '' || written.endsWith('\n'))
  return parseLines(written.split('\n').slice(0, -1), text)
}

export function parseOpenMetrics(written: string): ParsedFamily[] {
  assert.ok(written.endsWith('# EOF\n'))
  return parseLines(written.split('\n').slice(0, -2), openMetrics)
}

/** The text after encoding and decoding as UTF-8, which would change malformed text. */
export function overTheWire(written: string): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new TextEncoder().encode(written))
}

function parseLines(lines: readonly string[], grammar: Grammar): ParsedFamily[] {
  const families: ParsedFamily[] = []
  for (const line of lines) {
    if (line.startsWith('# ')) parseComment(families, line, grammar)
    else {
      const family = families.at(-1)
      assert.ok(family, line)
      family.samples.push(parseSample(family, line, grammar))
    }
  }
  return families
}

function parseComment(
  families: ParsedFamily[],
  line: string,
  { types, escapedInHelp, isOpenMetrics }: Grammar,
) {
  const [, keyword, name = '', rest = ''] = /^# ([A-Z]+) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line) ?? []
  if (keyword === 'HELP') {
    assert.ok(!families.some((family) => family.name === name), `HELP ${name} twice`)
    families.push({ name, help: unescaped(rest, escapedInHelp), type: '', samples: [] })
    return
  }
  const family = families.at(-1)
  assert.equal(family?.name, name, line)
  assert.equal(family?.samples.length, 0, 'after samples')
  if (keyword === 'TYPE') {
    assert.ok(rest in types, line)
    assert.equal(family?.type, '', 'TYPE twice')
    if (family) family.type = rest
  } else {
    assert.ok(keyword === 'UNIT' && isOpenMetrics && name.endsWith(`_${rest}`), line)
    if (family) family.unit = rest
  }
}

function parseSample(family: ParsedFamily, line: string, { types, isOpenMetrics }: Grammar): ParsedSample {
  assert.notEqual(family.type, '', 'a sample before its TYPE')
  const [name = ''] = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line) ?? []
  const suffix = types[family.type]?.find((suffix) => name === family.name + suffix)
  assert.ok(suffix !== undefined, line)
  const { labels, end } = parseLabels(line, name.length)
  const rest = line.slice(end)
  const [, value = '', exemplar] = /^ ([^ ]+)( # \{.*)?$/s.exec(rest) ?? []
  const sample = { name, labels, value: parseNumber(value) }
  if (exemplar === undefined) return sample
  assert.ok(isOpenMetrics && (suffix === '_total' || suffix === '_bucket'), line)
  return { ...sample, exemplar: parseExemplar(exemplar) }
}

function parseExemplar(written: string): NonNullable<ParsedSample['exemplar']> {
  const { labels, end } = parseLabels(written, 3)
  const [, value = '', timestamp = ''] = /^ ([^ ]+) ([^ ]+)$/.exec(written.slice(end)) ?? []
  return { labels, value: parseNumber(value), timestamp: parseNumber(timestamp) }
}

function parseLabels(line: string, start: number): { labels: Record<string, string>; end: number } {
  const labels: [string, string][] = []
  if (line[start] !== '{') return { labels: {}, end: start }
  let at = start + 1
  while (line[at] !== '}') {
    const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/s.exec(line.slice(at))
    assert.ok(pair?.[1] !== undefined && pair[2] !== undefined, line)
    labels.push([pair[1], unescaped(pair[2], '\\n"')])
    at += pair[0].length
    if (line[at] === ',') assert.notEqual(line[++at], '}', line)
    else assert.equal(line[at], '}', line)
  }
  assert.equal(new Set(labels.map(([name]) => name)).size, labels.length, line)
  return { labels: Object.fromEntries(labels), end: at + 1 }
}

function parseNumber(written: string): number {
  assert.match(written, /^(NaN|[+-]Inf|-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?)$/)
  return Number(written.replace('Inf', 'Infinity'))
}

function unescaped(written: string, escapable: string): string {
  return written.replace(/\\(.?)|"/gs, (found, escaped?: string) => {
    if (escaped === undefined) {
      assert.ok(!escapable.includes('"'), `a quote that is not escaped in ${written}`)
      return found
    }
    assert.ok(escaped !== '' && escapable.includes(escaped), `${found} in ${written}`)
    return escaped === 'n' ? '\n' : escaped
  })
}
