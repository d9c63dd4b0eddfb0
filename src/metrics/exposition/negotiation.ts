/** Which format and which compression a scraper gets, from what it says it takes (RFC 9110 §12.5.1 and §12.5.3). */
import type { Encoding } from './compression.ts'
import { readWeightedList, type Weighted } from './weighted-list.ts'

export type Format = 'text' | 'openmetrics' | 'protobuf'

export type Negotiated = {
  readonly format: Format
  readonly contentType: string
  /** `identity` is none. */
  readonly encoding: Encoding | 'identity'
  /** Whether the scraper takes it without compression as well. */
  readonly takesIdentity: boolean
}

/**
 * Chooses. The format with the greatest weight wins, the one that was named first if there are several; text 0.0.4 where
 * nothing is said, nothing is understood or nothing asked for can be had, as a server may (and a scrape is worth more
 * than a 406). Never throws.
 * @param available the best one first
 */
export function negotiate(
  accept: string | undefined,
  acceptEncoding: string | undefined,
  available: readonly Encoding[],
): Negotiated {
  const { format, contentType } = negotiateFormat(readWeightedList(accept ?? ''))
  return { format, contentType, ...negotiateEncoding(readWeightedList(acceptEncoding ?? ''), available) }
}

/** What can be had. The parameters are those that a request may ask for. */
type Offer = {
  readonly format: Format
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly contentType: string
}

const openMetrics = { format: 'openmetrics', type: 'application/openmetrics-text' } as const
const text = { format: 'text', type: 'text/plain' } as const

/** The best one first, for those to whom it is all the same. */
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

/** Ways to write names outside `[a-zA-Z0-9_:]`. We have no such names, so whichever is asked for is what we do. */
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

/** A media range: `type`, and the parameters that offers can tell apart. */
type Range = {
  readonly type: string
  readonly parameters: readonly (readonly [string, string])[]
  readonly q: number
}

function readRange({ value, parameters, q }: Weighted): Range {
  const telling = [...parameters].flatMap(([name, value]) => readTelling(name, value))
  return { type: value, parameters: telling, q }
}

function readTelling(name: string, value: string): [string, string][] {
  if (name === 'version' || name === 'proto' || name === 'encoding') return [[name, value]]
  if (name !== 'escaping') return []
  // With dots every underscore would have to be doubled, and be doubled back by the reader: we write none twice.
  const escaping = value === 'dots' ? 'underscores' : value
  return escapings.some((known) => known === escaping) ? [[name, escaping]] : []
}

/** Where the range is that decides on an offer: the most specific one that matches, the first of several; or -1. */
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

/** How closely a range describes an offer; -1 if it does not. */
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
  // Nobody has to name identity to get it; but whoever names it may prefer it, or refuse it.
  const preferred = wanted && wanted.q > 0 && wanted.q >= (weights.get('identity') ?? 0)
  return { encoding: preferred ? wanted.encoding : 'identity', takesIdentity: weightOf('identity') !== 0 }
}
