/** The result of `hitrate check`: facts for programs, and findings in words. */
import type { Answers } from './asking/ask-url.ts'
import { ownStatus } from './asking/own-cache-status.ts'
import { directiveFindings } from './findings/directive-findings.ts'
import { type Finding, info } from './findings/finding.ts'
import { otherCacheFindings } from './findings/other-cache-findings.ts'
import { judgeStored } from './findings/storage-findings.ts'
import { validatorFindings } from './findings/validator-findings.ts'
import { variantFindings } from './findings/variant-findings.ts'

/** The output of `--json`. */
export interface CheckReport {
  url: string
  /** True if hitrate stores the response. */
  stored: boolean
  /** Seconds of freshness left when it was stored. */
  ttlSeconds?: number
  /** The reason for not storing: a word of `detail` in `Cache-Status`. */
  detail?: string
  /** One sentence. */
  verdict: string
  response: { status: number; contentType: string | null; bytes: number; durationMs: number }
  /** hitrate's member of `Cache-Status` in the first and in the second response. */
  cacheStatus: [first: string, second: string]
  findings: Finding[]
}

/**
 * @param ttlMs lifetime of responses that set none.
 * @param now epoch ms.
 */
export function reportOf(url: URL, answers: Answers, ttlMs: number | undefined, now: number): CheckReport {
  const { first, second, again, upstream } = answers
  const { findings, ...storage } = judgeStored(answers, ttlMs)
  const all = [
    ...findings,
    ...directiveFindings(upstream.headers, now),
    ...variantFindings(answers),
    ...validatorFindings(answers, storage.stored),
    ...otherCacheFindings(upstream.headers),
    ...redirectFindings(url, upstream),
  ]
  return {
    url: url.href,
    ...storage,
    response: {
      status: first.status,
      contentType: first.headers.get('content-type'),
      bytes: first.bytes,
      // The first request includes the start of the proxy.
      durationMs: Math.round('failure' in again ? first.durationMs : again.durationMs),
    },
    cacheStatus: [ownStatus(first.headers).text, ownStatus(second.headers).text],
    findings: all,
  }
}

/** hitrate passes redirects on, and stores the redirect itself. */
function redirectFindings(url: URL, { status, headers }: Answers['upstream']): Finding[] {
  const location = headers.get('location')
  if (location === null || status < 300 || status > 399 || !URL.canParse(location, url.href)) return []
  return [info('advice', 'Redirect', `not followed; next: hitrate check ${new URL(location, url.href).href}`)]
}
