/** Compares what two servers did with the same script. */
import type { Transcript } from './play/play-script.ts'
import { fieldValue, type RawResponse } from './play/response-reader.ts'
import { hasBytesBehind, type Script } from './script.ts'

/** What a server did with a script. */
export interface Played extends Transcript {
  /** The counts that the script added to the app: its reads by outcome, and the calls of its handlers. */
  counts: Readonly<Record<string, number>>
}

/** `refused`: the tested server closed the connection where the reference served a request. */
export type Verdict = { result: 'same' | 'refused' } | { result: 'different'; reason: string }

/** What all references together allow. */
interface Allowed {
  /** True if the tested server may end the connection without a word. */
  earlyEnd: boolean
  /** The highest sum of the counts: a server may call the app for a request before it refuses it, or the one before. */
  counts: number
}

/**
 * The verdict on the nearest of several references. If one of them ends early, the tested server may end as early: it refuses, or
 * bytes follow a request that closes the connection, which node:http refuses as soon as it reads them.
 */
export function compareWithEach(script: Script, references: readonly Played[], tested: Played): Verdict {
  const allowed: Allowed = {
    earlyEnd: references.some((reference) => endsInRefusal(reference) || isClosedBefore(script, reference)),
    counts: Math.max(...references.map(({ counts }) => sum(counts))),
  }
  const verdicts = references.map((reference) => compare(reference, tested, allowed))
  const by = (wanted: Verdict['result']) => verdicts.find(({ result }) => result === wanted)
  const found = by('same') ?? by('refused')
  if (found !== undefined) return found
  if (references.some((reference) => hasOvertaken(reference, tested))) return { result: 'refused' }
  return verdicts[0] ?? different('there is no reference')
}

/**
 * True if both refuse the same request, and the refusal of the reference has overtaken responses to requests that both have counted.
 */
function hasOvertaken(reference: Played, tested: Played): boolean {
  const refusals = [reference, tested].map(({ responses, end }) => end === 'closed' && responses.at(-1))
  if (!refusals.every((last) => last && isRefusal(last))) return false
  const earlier = reference.responses.slice(0, -1)
  const areRight = earlier.every((wanted, i) => {
    const response = tested.responses[i]
    return response !== undefined && responseDifference(wanted, response) === undefined
  })
  const overtaken = tested.responses.length - reference.responses.length
  return areRight && overtaken <= sum(tested.counts) && same(reference, tested).result === 'same'
}

function isClosedBefore(script: Script, { responses, end }: Played): boolean {
  const finalCount = responses.filter(({ status }) => status >= 200).length
  return end === 'closed' && hasBytesBehind(script, finalCount - 1)
}

/**
 * The tested server must give the same responses in the same order, keep the connection open or close it as the reference does,
 * and count the same. It may instead refuse: then its last response is a 4xx, the ones before are the same, and no more requests
 * are counted than by the reference.
 *
 * A refusal overtakes the responses that are not sent yet, and node:http sends no 4xx when it has begun to send a response. So
 * where the reference refuses, or closes the connection without a word, the tested server may close it without a word, and earlier.
 */
export function compare(
  reference: Played,
  tested: Played,
  allowed: Allowed = { earlyEnd: endsInRefusal(reference), counts: sum(reference.counts) },
): Verdict {
  if (tested.rest !== reference.rest)
    return different(`the bytes after the last response: ${quoted(tested.rest)}`)
  for (const [i, response] of tested.responses.entries()) {
    const wanted = reference.responses[i]
    const difference =
      wanted === undefined ? 'the reference has no such response' : responseDifference(wanted, response)
    if (difference === undefined) continue
    const isLast = i === tested.responses.length - 1
    if (wanted !== undefined && isLast && isRefusal(response) && tested.end === 'closed') {
      return isRefusal(wanted) ? same(reference, tested) : refused(tested, allowed)
    }
    return different(`response ${i + 1} (${brief(response)}): ${difference}`)
  }
  return compareEnds(reference, tested, allowed)
}

/** Compares the rest when each response of the tested server is right. */
function compareEnds(reference: Played, tested: Played, allowed: Allowed): Verdict {
  const missing = reference.responses[tested.responses.length]
  if (missing !== undefined) {
    if (tested.end === 'closed' && allowed.earlyEnd) return refused(tested, allowed)
    return different(`response ${tested.responses.length + 1} is missing (${brief(missing)})`)
  }
  if (tested.end !== reference.end) return different(`the connection is ${tested.end}, not ${reference.end}`)
  return same(reference, tested)
}

function different(reason: string): Verdict {
  return { result: 'different', reason }
}

/** `refused`, unless the counts contradict it. A pipelined request may have another outcome, so only the sum is compared. */
function refused({ counts }: Played, allowed: Allowed): Verdict {
  const counted = sum(counts)
  return counted <= allowed.counts
    ? { result: 'refused' }
    : different(`${counted} requests counted, not ${allowed.counts}`)
}

/** `same`, unless the counts contradict it. */
function same(reference: Played, tested: Played): Verdict {
  if ([reference, tested].some(({ responses }) => responses.some(isCollapsed))) {
    // A pipelined request joins the load of an earlier one, or is a hit after it.
    const [wanted, counted] = [sum(reference.counts), sum(tested.counts)]
    return counted === wanted ? { result: 'same' } : different(`${counted} requests counted, not ${wanted}`)
  }
  const names = new Set([...Object.keys(reference.counts), ...Object.keys(tested.counts)])
  for (const name of names) {
    const [wanted = 0, counted = 0] = [reference.counts[name], tested.counts[name]]
    if (counted !== wanted) return different(`${counted} × ${name} counted, not ${wanted}`)
  }
  return { result: 'same' }
}

function sum(counts: Played['counts']): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

/** A 4xx of the server itself, or 505. The app answers 4xx too, but keeps the connection open. */
function isRefusal(response: RawResponse): boolean {
  const { status } = response
  return ((status >= 400 && status < 500) || status === 505) && isClosing(response)
}

function isClosing({ fields }: RawResponse): boolean {
  return fieldValue(fields, 'connection')?.toLowerCase() === 'close'
}

function isCollapsed({ fields }: RawResponse): boolean {
  return fieldValue(fields, 'cache-status')?.includes('collapsed') ?? false
}

/** True if the server closed the connection with a refusal, or without an announcement. */
function endsInRefusal({ responses, end }: Played): boolean {
  const last = responses.at(-1)
  return end === 'closed' && (last === undefined || isRefusal(last) || !isClosing(last))
}

/** Fields of the server itself, which depend on the time or only repeat the default. */
const IGNORED_FIELDS = ['date', 'keep-alive']

/** Fields that tell whether a response joined the load of another one, which depends on the time. */
const FIELDS_OF_LOADS = ['cache-status', 'etag', 'accept-ranges', 'age']

function responseDifference(wanted: RawResponse, response: RawResponse): string | undefined {
  if (response.status !== wanted.status) return `status ${response.status}, not ${wanted.status}`
  const isEitherCollapsed = isCollapsed(wanted) || isCollapsed(response)
  const ignored = isEitherCollapsed ? [...IGNORED_FIELDS, ...FIELDS_OF_LOADS] : IGNORED_FIELDS
  const [expected, actual] = [normalFields(wanted, ignored), normalFields(response, ignored)]
  const missing = expected.filter((line) => !actual.includes(line))
  const added = actual.filter((line) => !expected.includes(line))
  if (missing.length > 0 || added.length > 0) return `fields ${list(added)}, not ${list(missing)}`
  if (actual.length !== expected.length) return 'a field is repeated'
  if (response.body !== wanted.body) return `body ${quoted(response.body)}, not ${quoted(wanted.body)}`
  return undefined
}

/** The lines of the fields, in any order. */
function normalFields({ fields }: RawResponse, ignored: readonly string[]): string[] {
  return fields
    .filter(
      ([name, value]) => !ignored.includes(name) && !(name === 'connection' && /^keep-alive$/i.test(value)),
    )
    .map(([name, value]) => `${name}: ${value}`)
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? 'none' : lines.join(', ')
}

/** What a server did, one line for each response. */
export function describePlayed({ responses, rest, end, counts }: Played): string {
  const lines = responses.map(
    (response) => `    ${brief(response)} ${fieldValue(response.fields, 'cache-status') ?? ''}`,
  )
  if (rest !== '') lines.push(`    then ${quoted(rest)}`)
  return [...lines, `    ${end}, ${JSON.stringify(counts)}`].join('\n')
}

function brief({ status, body }: RawResponse): string {
  return `${status} ${quoted(body)}`
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}...`)
}
