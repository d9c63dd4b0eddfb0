/** Chooses format and compression from the headers `Accept` and `Accept-Encoding` (RFC 9110 §12.5.1 and §12.5.3). */
import type { Encoding } from './compression.ts'
import { readWeightedList, type Weighted } from './weighted-list.ts'

export type Format = 'text' | 'openmetrics' | 'protobuf'

export type Negotiated = {
  readonly format: Format
  readonly contentType: string
  /** `identity` means no compression. */
  readonly encoding: Encoding | 'identity'
  /** True if the scraper also accepts a body without compression. */
  readonly takesIdentity: boolean
}

/**
 * Chooses the format with the greatest weight; among formats of equal weight, the one that the header lists first.
 * Chooses text 0.0.4 if the header is absent, invalid or lists no available format: the RFC allows this, and a scraper
 * can use it better than a 406. Never throws.
 * @param available encodings, the best one first
 */
export function negotiate(
  accept: string | undefined,
  acceptEncoding: string | undefined,
  available: readonly Encoding[],
): Negotiated {
  const { format, contentType } = negotiateFormat(readWeightedList(accept ?? ''))
  return { format, contentType, ...negotiateEncoding(readWeightedList(acceptEncoding ?? ''), available) }
}

/** An available format, with the parameters that a request may require. */
type Offer = {
  readonly format: Format
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly contentType: string
}

const openMetrics = { format: 'openmetrics', type: 'application/openmetrics-text' } as const
const text = { format: 'text', type: 'text/plain' } as const

/** In order of preference: if one media range with a wildcard matches several formats, the first of them is chosen. */
const formats: readonly Omit<Offer, 'contentType'>[] = [
  { ...text, parameters: { version: '0.0.4' } },
  { ...openMetrics, parameters: { version: '1.0.0' } },
  { ...openMetrics, parameters: { version: '0.0.1' } },
  { ...text, parameters: { version: '1.0.0' } },
  {
    format: 'protobuf',
    type: 'application/vnd.google.protobuf',
    parameters: { proto: 'io.prometheus.client.MetricFamily', encoding: 'delimited' },
  },
]

/**
 * Escaping schemes for names with characters outside `[a-zA-Z0-9_:]`. The registry allows no such names, so its output
 * is the same under each of these schemes.
 */
const escapings = ['allow-utf-8', 'underscores', 'values'] as const

const offers: readonly Offer[] = [undefined, ...escapings].flatMap((escaping) =>
  formats.map(({ format, type, parameters }) => ({
    format,
    type,
    parameters: escaping === undefined ? parameters : { ...parameters, escaping },
    contentType: contentType(format, type, parameters, escaping),
  })),
)

const [textOffer] = offers as readonly [Offer]

function contentType(
  format: Format,
  type: string,
  parameters: Offer['parameters'],
  escaping: string | undefined,
): string {
  const all = {
    ...parameters,
    ...(format === 'protobuf' ? {} : { charset: 'utf-8' }),
    ...(escaping === undefined ? {} : { escaping }),
  }
  return [type, ...Object.entries(all).map(([name, value]) => `${name}=${value}`)].join('; ')
}

function negotiateFormat(list: readonly Weighted[]): Offer {
  const ranges = list.map(readRange)
  let best = { offer: textOffer, q: 0, position: 0 }
  for (const offer of offers) {
    const position = decidingRange(ranges, offer)
    const q = ranges[position]?.q ?? 0
    if (q > best.q || (q === best.q && q > 0 && position < best.position)) best = { offer, q, position }
  }
  return best.offer
}

/** A media range of the header `Accept`: its type, and only the parameters that distinguish the offers. */
type Range = {
  readonly type: string
  readonly parameters: readonly (readonly [string, string])[]
  readonly q: number
}

function readRange({ value, parameters, q }: Weighted): Range {
  const relevant = [...parameters].flatMap(([name, value]) => readRelevant(name, value))
  return { type: value, parameters: relevant, q }
}

function readRelevant(name: string, value: string): [string, string][] {
  if (name === 'version' || name === 'proto' || name === 'encoding') return [[name, value]]
  if (name !== 'escaping') return []
  // The escaping `dots` would double every underscore. The response declares `underscores` instead, because under that
  // scheme every name stays the same.
  const escaping = value === 'dots' ? 'underscores' : value
  return escapings.some((known) => known === escaping) ? [[name, escaping]] : []
}

/**
 * Index of the range that decides the weight of an offer: the most specific range that matches, the first among equals;
 * -1 if none matches.
 */
function decidingRange(ranges: readonly Range[], offer: Offer): number {
  let deciding = -1
  let most = -1
  for (const [i, range] of ranges.entries()) {
    const specific = specificity(range, offer)
    if (specific > most) {
      deciding = i
      most = specific
    }
  }
  return deciding
}

/** Specificity of a range for an offer; -1 if the range does not match it. */
function specificity({ type, parameters }: Range, offer: Offer): number {
  if (parameters.some(([name, value]) => offer.parameters[name] !== value)) return -1
  if (type === offer.type) return 2 + parameters.length
  if (type === `${offer.type.split('/')[0]}/*`) return 1
  return type === '*/*' ? 0 : -1
}

function negotiateEncoding(
  list: readonly Weighted[],
  available: readonly Encoding[],
): Pick<Negotiated, 'encoding' | 'takesIdentity'> {
  const weights = new Map(list.map(({ value, q }) => [value === 'x-gzip' ? 'gzip' : value, q]))
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get('*')
  const wanted = available
    .map((encoding) => ({ encoding, q: weightOf(encoding) ?? 0 }))
    .sort((a, b) => b.q - a.q)[0]
  // `identity` is acceptable even if the header does not list it. The header can prefer it by a greater weight, or
  // exclude it by the weight 0.
  const preferred = wanted && wanted.q > 0 && wanted.q >= (weights.get('identity') ?? 0)
  return { encoding: preferred ? wanted.encoding : 'identity', takesIdentity: weightOf('identity') !== 0 }
}
