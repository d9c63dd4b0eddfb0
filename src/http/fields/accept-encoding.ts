/**
 * `Accept-Encoding` (RFC 9110 §12.5.3). A stored response is selected by its own coding, so that different headers share one
 * response.
 */
import { listMembers } from './lists.ts'

/** Coding of a response without `Content-Encoding`. */
export const IDENTITY = 'identity'

export interface AcceptedCodings {
  /** The header as received. */
  readonly field: string | undefined
  /** Weight of each coding and of `*`, from 0 (refused) to 1. */
  readonly weights: ReadonlyMap<string, number>
  /** Codings that are listed in lower case and without parameters, so that even the simplest handler recognises them. */
  readonly plain: ReadonlySet<string>
}

/** Weight of `identity` if the header does not list it: acceptable, but less welcome than every coding that it lists. */
const UNLISTED_IDENTITY = 1e-6

/** Weight of the response that the handler has made for this very header. */
const EXACT = 2

/** Longest header that can select a response by its value. */
const MAX_EXACT_LENGTH = 256

/** Parses the header. Without a header, only `identity` is accepted: clients that send none often decode nothing. */
export function acceptedCodings(field: string | undefined): AcceptedCodings {
  const weights = new Map<string, number>()
  const plain = new Set<string>()
  for (const member of listMembers(field)) {
    const [name = '', ...parameters] = member.toLowerCase().split(';')
    const coding = withoutAlias(name.trim())
    if (coding === member) plain.add(coding)
    const weight = weightFrom(parameters)
    weights.set(coding, Math.min(weight, weights.get(coding) ?? 1)) // a refusal is obeyed, even beside another weight
  }
  return { field, weights, plain }
}

/**
 * Weight of a response for a request; 0 if the request does not accept it.
 *
 * @param selecting the response's value, as {@link selectingCoding} returns it.
 */
export function weightOf({ field, weights }: AcceptedCodings, selecting: string): number {
  if (selecting === IDENTITY) {
    return weights.get(IDENTITY) ?? (weights.get('*') === 0 ? 0 : UNLISTED_IDENTITY)
  }
  const weight = weights.get(selecting)
  if (weight !== undefined) return weight
  if (selecting.startsWith('=')) return selecting === exact(field) ? EXACT : 0
  const any = weights.get('*') ?? 0
  if (!selecting.includes(',')) return any
  return Math.min(...selecting.split(',').map((coding) => weights.get(coding) ?? any))
}

/**
 * The value that selects a response: its coding in lower case, several codings with commas between them.
 *
 * A handler may choose a coding that the request does not list. Such a response answers only requests with the same header, so
 * its value is that header behind `=`.
 */
export function selectingCoding(contentEncoding: string | null, accepted: AcceptedCodings): string {
  const codings = listMembers(contentEncoding?.toLowerCase())
    .map(withoutAlias)
    .filter((coding) => coding !== IDENTITY)
  if (codings.length === 0) return IDENTITY
  const { field = '', weights } = accepted
  const isRefused = codings.some((coding) => (weights.get(coding) ?? weights.get('*')) === 0)
  const isListed = isRefused || weightOf(accepted, codings.join()) > 0
  return isListed || field.length > MAX_EXACT_LENGTH ? codings.join() : exact(accepted.field)
}

/** A missing header and an empty one differ, because handlers may treat them differently. No header is a space. */
function exact(field = ' '): string {
  return `=${field}`
}

/** RFC 9110 §8.4.1: `x-gzip` and `x-compress` are other names of `gzip` and `compress`. */
function withoutAlias(coding: string): string {
  return coding === 'x-gzip' || coding === 'x-compress' ? coding.slice(2) : coding
}

/** As in Hono, an invalid weight counts as 1, and one out of range as the nearest valid one. */
function weightFrom(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [, text = ''] = /^\s*q\s*=\s*"?([^"\s]*)/.exec(parameter) ?? []
    const weight = text === '' ? 1 : Number(text)
    if (weight < 1) return Math.max(0, weight)
  }
  return 1
}
