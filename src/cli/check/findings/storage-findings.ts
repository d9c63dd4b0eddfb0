/** Findings about storage: the decision and its reason, the lifetime, and the outcome of the second request. */
import { parseCacheControl, parseTargeted, TARGETED_FIELD } from '../../../http/fields/cache-control.ts'
import { isSilent } from '../../../proxy/lifetime/default-lifetime.ts'
import { PROXY_DEFAULTS } from '../../../proxy/proxy-options.ts'
import type { Answers } from '../asking/ask-url.ts'
import { ownStatus } from '../asking/own-cache-status.ts'
import { type Explanation, explainDetail, explainForward } from '../words/details.ts'
import { secondsText } from '../words/durations.ts'
import { type Finding, info } from './finding.ts'

export interface Storage {
  stored: boolean
  /** Seconds of freshness left when the response was stored. Absent if it is not stored. */
  ttlSeconds?: number
  /** The word of `detail`, if the response is not stored. */
  detail?: string
  /** One sentence. */
  verdict: string
  findings: Finding[]
}

/** @param ttlMs lifetime of responses that set none. */
export function judgeStored({ first, second, upstream }: Answers, ttlMs: number | undefined): Storage {
  const one = ownStatus(first.headers)
  const two = ownStatus(second.headers)
  const findings = [info('storage', 'first request', one.text), info('storage', 'second request', two.text)]
  // The body of a long response is still being read when its header leaves, so its storing shows at the second request.
  const stored = one.stored || two.hit || two.fwd === 'stale'
  if (!stored) {
    const detail = detailOf(one.detail ?? two.detail, first.bytes)
    const { cause, remedy } = explain(detail, one.fwd, upstream)
    if (remedy !== undefined) findings.push(info('advice', 'To store it', remedy))
    return { stored, ...(detail === undefined ? {} : { detail }), verdict: `Not stored: ${cause}.`, findings }
  }
  const ttlSeconds = one.ttl ?? two.ttl ?? 0
  const source = lifetimeSource(upstream.headers, ttlMs)
  if (ttlSeconds > 0) {
    findings.push(info('storage', 'lifetime', `${secondsText(ttlSeconds)} left, from ${source}`))
    const verdict = `Stored: fresh for ${secondsText(ttlSeconds)}.`
    if (two.hit) return { stored, ttlSeconds, verdict, findings }
    const reason = two.fwd === undefined ? two.text : explainForward(two.fwd)
    return {
      stored,
      ttlSeconds,
      verdict: `Stored, but of no use to the second request: ${reason}.`,
      findings,
    }
  }
  const isConfirmed = two.fwdStatus === 304
  const how = isConfirmed
    ? 'the upstream confirms it with a 304'
    : 'the upstream sends the whole response again'
  const verdict = two.hit
    ? 'Stored: served stale while it is fetched anew.'
    : `Stored, but the upstream is asked at each request: ${how}.`
  return { stored, ttlSeconds, verdict, findings }
}

/** The word for a body in pieces, of which only its end shows that it is too large. */
function detailOf(detail: string | undefined, bytes: number): string | undefined {
  return detail === 'streaming' && bytes > PROXY_DEFAULTS.maxBodyBytes ? 'too-large' : detail
}

function explain(
  detail: string | undefined,
  fwd: string | undefined,
  { status, headers }: Answers['upstream'],
): Explanation {
  if (detail === 'no-lifetime' && status >= 400) {
    return { cause: `an error (status ${status}) is stored only if it sets a lifetime` }
  }
  if (detail === 'no-lifetime' && isSilent({ method: 'GET', authorized: false }, status, headers)) {
    const { cause } = explainDetail(detail)
    const remedy = 'or give responses that say nothing about caching a lifetime with --ttl 60.'
    return { cause, remedy: `Send Cache-Control: max-age=60 from the upstream, ${remedy}` }
  }
  if (detail !== undefined) return explainDetail(detail)
  return { cause: fwd === undefined ? 'hitrate gave no reason' : explainForward(fwd) }
}

/** The part of the response that sets the lifetime, by the precedence of RFC 9213 §2.2 and RFC 9111 §4.2.1. */
function lifetimeSource(headers: Headers, ttlMs: number | undefined): string {
  for (const [field, written] of [
    [TARGETED_FIELD, 'Hitrate-Cache-Control'],
    ['cdn-cache-control', 'CDN-Cache-Control'],
  ] as const) {
    if (parseTargeted(headers.get(field)) !== undefined) return written
  }
  const directives = parseCacheControl(headers.get('cache-control'))
  for (const name of ['s-maxage', 'max-age']) {
    if (directives.has(name)) return `${name} in Cache-Control`
  }
  if (headers.has('expires')) return 'Expires'
  if (headers.has('last-modified')) return 'Last-Modified: a tenth of its age, at most a day'
  return ttlMs === undefined ? 'hitrate' : `--ttl ${ttlMs / 1000}`
}
