/** Makes scripts from seeds: plain hits between other requests, malformed ones and bytes that are no request. */

import type { Part, Round, Script } from '../script.ts'
import { fieldVariations } from './field-variations.ts'
import { framingVariations } from './framing-variations.ts'
import { Random } from './random.ts'
import { otherRequest, plainRequest, render } from './requests.ts'
import { targetVariations, type Variation } from './target-variations.ts'

const VARIATIONS: readonly (readonly [string, Variation])[][] = [
  Object.entries(targetVariations),
  Object.entries(fieldVariations),
  Object.entries(fieldVariations),
  Object.entries(framingVariations),
]

/** Returns the same script for each seed. */
export function generateScript(seed: number): Script {
  const random = new Random(seed)
  const kind = random.below(100)
  if (kind < 1) return { ...script(seed, largeRounds(random)), readsLate: true }
  const parts = Array.from({ length: 1 + random.below(5) }, () => part(random))
  const ending = random.chance(0.08) ? 'half-close' : 'sentinel'
  return { ...script(seed, roundsOfParts(parts, random)), ending }
}

/** Scripts for as long as their parts are fewer than `requests`, each from the next seed. */
export function* generateScripts(seed: number, requests: number): Generator<Script> {
  for (let next = seed, count = 0; count < requests; next++) {
    const generated = generateScript(next)
    count += generated.rounds.reduce((sum, { parts }) => sum + parts.length, 0)
    yield generated
  }
}

/** A part that leaves its connection without a complete request, so that only a timeout ends it. */
export function incompletePart(random: Random): Part {
  const { name, text, method } = requestPart(random)
  return {
    name: `an incomplete ${name}`,
    method,
    text: text.slice(0, random.below(text.indexOf('\r\n\r\n') + 4)),
  }
}

function script(seed: number, rounds: readonly Round[]): Script {
  return { seed, rounds, ending: 'sentinel', readsLate: false }
}

function part(random: Random): Part {
  const kind = random.below(100)
  if (kind < 35) return requestPart(random)
  if (kind < 47) return otherPart(random)
  if (kind < 92) return variedPart(random, 1)
  if (kind < 97) return variedPart(random, 2)
  return { name: 'garbage', method: 'GET', text: garbage(random) }
}

function requestPart(random: Random): Part {
  return { name: 'plain', method: 'GET', text: render(plainRequest(random)) }
}

function otherPart(random: Random): Part {
  const { name, draft } = otherRequest(random)
  return { name, method: draft.method, text: render(draft) }
}

function variedPart(random: Random, count: number): Part {
  let draft = random.chance(0.8) ? plainRequest(random) : otherRequest(random).draft
  const names: string[] = []
  for (let i = 0; i < count; i++) {
    const [name, vary] = random.pick(random.pick(VARIATIONS))
    draft = vary(draft, random)
    names.push(name)
  }
  return { name: names.join(' + '), method: draft.method, text: render(draft) }
}

function garbage(random: Random): string {
  return random.pick([
    () => random.bytes(1 + random.below(200)),
    () => `${random.bytes(20)}\r\n\r\n`,
    () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
    () => '\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03',
    () => 'PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\r\n',
    () => 'SSH-2.0-OpenSSH_10.0\r\n',
    () => 'GET\r\n\r\n',
    () => '\r\n',
    () => '\r\n\r\n',
    () => '\n\n',
    () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    () => mutated(requestPart(random).text, random),
  ])()
}

/** One byte changed, removed or doubled. */
function mutated(text: string, random: Random): string {
  const at = random.below(text.length)
  const replacement = random.pick(['', random.bytes(1), text.slice(at, at + 1).repeat(2)])
  return text.slice(0, at) + replacement + text.slice(at + 1)
}

/**
 * Divides the parts into rounds, and the text of each into writes. A DELETE is not pipelined: whether the requests around it find
 * the entry that it invalidates would depend on the time.
 */
function roundsOfParts(parts: readonly Part[], random: Random): Round[] {
  const rounds: Part[][] = []
  for (const next of parts) {
    const last = rounds.at(-1)
    const isPipelined = random.chance(0.4) && last !== undefined && ![...last, next].some(invalidates)
    if (isPipelined) last.push(next)
    else rounds.push([next])
  }
  return rounds.map((round) => cut(round, random))
}

function invalidates({ method }: Part): boolean {
  return method === 'DELETE'
}

function cut(parts: readonly Part[], random: Random): Round {
  const text = parts.map((part) => part.text).join('')
  const kind = random.below(100)
  if (kind < 45) return { parts, cuts: [] }
  if (kind < 55) return { parts, cuts: behindHeads(text) }
  if (kind < 60)
    return {
      parts,
      cuts: random.offsets(text.length < MOST_SINGLE_BYTES ? text.length * 9 : 30, text.length),
    }
  if (kind < 75) return { parts, cuts: nearLineEnd(text, random) }
  if (kind < 85) return { parts, cuts: betweenParts(parts, random) }
  return { parts, cuts: random.offsets(1 + random.below(4), text.length) }
}

/** Texts below this length may be written byte by byte. */
const MOST_SINGLE_BYTES = 400

/** Cuts behind each empty line. A body then arrives alone, and looks like a request to a server that has ignored its length. */
function behindHeads(text: string): number[] {
  const ends = [...text.matchAll(/\r\n\r\n/g)].map(({ index }) => index + 4).slice(0, 50)
  return ends.filter((end) => end < text.length)
}

function nearLineEnd(text: string, random: Random): number[] {
  const ends = [...text.matchAll(/\r\n/g)].map(({ index }) => index).slice(0, 200)
  if (ends.length === 0) return []
  const at = random.pick(ends) + random.below(4)
  return at > 0 && at < text.length ? [at] : []
}

/** Cuts between the parts, each moved by a few bytes or not at all: one and a half requests in one write, then the rest. */
function betweenParts(parts: readonly Part[], random: Random): number[] {
  const cuts = new Set<number>()
  let end = 0
  for (const { text } of parts.slice(0, -1)) {
    end += text.length
    const at = end + random.pick([0, 0, -1, 1, -2, 20])
    if (at > 0) cuts.add(at)
  }
  const length = parts.reduce((sum, { text }) => sum + text.length, 0)
  return [...cuts].filter((at) => at < length).sort((one, other) => one - other)
}

/**
 * Requests for a large response, one write each, for a client that reads late. Each keeps the connection open: a server that
 * closes it drops what is not sent yet, so that the bytes sent before would depend on the time.
 */
function largeRounds(random: Random): Round[] {
  const large: Part = {
    name: 'large',
    method: 'GET',
    text: render({ ...plainRequest(random), target: '/hit/huge' }),
  }
  const rounds: Round[] = Array.from({ length: 8 + random.below(12) }, () => ({ parts: [large], cuts: [] }))
  return random.chance(0.5) ? [...rounds, { parts: [requestPart(random)], cuts: [] }] : rounds
}
