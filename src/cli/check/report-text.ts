/** The report for people: a verdict, then a section for each topic. */
import type { CheckReport } from './check-report.ts'
import { type Finding, type Topic, topics } from './findings/finding.ts'
import { bytesText } from './words/durations.ts'
import { printable } from './words/printable.ts'

/** Adds colour to a text, or returns it as it is. */
export interface Paint {
  good: (text: string) => string
  bad: (text: string) => string
  dim: (text: string) => string
}

export const plain: Paint = { good: String, bad: String, dim: String }

export const coloured: Paint = {
  good: (text) => `\u001b[32m${text}\u001b[39m`,
  bad: (text) => `\u001b[33m${text}\u001b[39m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
}

const TITLES: Readonly<Record<Topic, string>> = {
  storage: 'Asked twice',
  directives: 'The upstream says',
  variants: 'What the response depends on',
  validators: 'Confirming it later',
  caches: 'Caches before this one',
  advice: 'What to do',
}

export function reportText({ url, verdict, stored, response, findings }: CheckReport, paint: Paint): string {
  const { status, contentType, bytes, durationMs } = response
  const type = contentType === null ? undefined : printable(contentType)
  const facts = [String(status), type, bytesText(bytes), `${durationMs} ms`].filter(Boolean).join(', ')
  const sections = topics.map((topic) => sectionText(topic, findings, paint)).filter(Boolean)
  const head = `${url}\n${paint.dim(facts)}\n\n${(stored ? paint.good : paint.bad)(wrapped(printable(verdict), 0))}\n`
  return [head, ...sections].join('\n')
}

/** Longest name that has its text beside it; the text of a longer one stands below. */
const MAX_WIDTH = 44
/** Longer texts are broken between words. */
const LINE_WIDTH = 100

function sectionText(topic: Topic, all: readonly Finding[], paint: Paint): string {
  const findings = all
    .filter((finding) => finding.topic === topic)
    .map(({ name, text, level }) => ({ name: printable(name), text: printable(text), level }))
  if (findings.length === 0) return ''
  const width = Math.max(
    ...findings.map(({ name }) => name.length).filter((length) => length <= MAX_WIDTH),
    2,
  )
  const lines = findings.map(({ name, text, level }) => {
    const isBeside = name.length <= MAX_WIDTH
    const indent = isBeside ? width + 4 : 6
    const body = wrapped(level === 'warning' ? `! ${text}` : text, indent)
    return `  ${name.padEnd(width)}${isBeside ? '  ' : `\n${' '.repeat(indent)}`}${level === 'warning' ? paint.bad(body) : body}`
  })
  return `${TITLES[topic]}\n${lines.join('\n')}\n`
}

/** The text in lines, of which all but the first are indented. */
function wrapped(text: string, indent: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && indent + line.length + 1 + word.length > LINE_WIDTH) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}
