/** Findings about the upstream's directives, one for each. */
import { parseCacheControl, parseTargeted, TARGETED_FIELD } from '../../../http/fields/cache-control.ts'
import { parseHttpDate } from '../../../http/fields/http-date.ts'
import { explainDirective } from '../words/directives.ts'
import { type Finding, info, warning } from './finding.ts'

/** Fields of directives, the most specific one first: it alone counts (RFC 9213 §2.2). */
const FIELDS: readonly (readonly [name: string, written: string])[] = [
  [TARGETED_FIELD, 'Hitrate-Cache-Control'],
  ['cdn-cache-control', 'CDN-Cache-Control'],
  ['cache-control', 'Cache-Control'],
]

/** @param now epoch ms. */
export function directiveFindings(headers: Headers, now: number): Finding[] {
  const findings: Finding[] = []
  let replacedBy: string | undefined
  for (const [field, written] of FIELDS) {
    const text = headers.get(field)
    if (text === null) continue
    const isTargeted = field !== 'cache-control'
    const directives = isTargeted ? parseTargeted(text) : parseCacheControl(text)
    if (directives === undefined) {
      findings.push(warning('directives', written, `${text} is no list of directives: ignored`))
      continue
    }
    for (const [name, value] of directives) {
      const directive = value === true ? name : `${name}=${value}`
      findings.push(info('directives', `${written}: ${directive}`, meaningIn(name, value, replacedBy)))
    }
    if (isTargeted) replacedBy ??= written
  }
  return [...findings, ...olderFields(headers, replacedBy, now)]
}

/** `private` and `no-store` of a less specific field do not count either: a targeted field is the whole decision. */
function meaningIn(name: string, value: string | true, replacedBy: string | undefined): string {
  return replacedBy === undefined ? explainDirective(name, value) : `ignored here: ${replacedBy} counts alone`
}

/** `Expires`, and fields that look as if they had a meaning in responses. */
function olderFields(headers: Headers, replacedBy: string | undefined, now: number): Finding[] {
  const findings: Finding[] = []
  const expires = headers.get('expires')
  const cacheControl = parseCacheControl(headers.get('cache-control'))
  if (expires !== null) {
    const isReplaced = replacedBy ?? ['s-maxage', 'max-age'].find((name) => cacheControl.has(name))
    const meaning =
      parseHttpDate(expires, now) === undefined ? 'not a date: counts as expired' : 'fresh until then'
    const text = isReplaced === undefined ? meaning : `ignored: ${isReplaced} counts`
    findings.push(info('directives', `Expires: ${expires}`, text))
  }
  if (headers.has('pragma')) {
    findings.push(info('directives', `Pragma: ${headers.get('pragma')}`, 'has no meaning in a response'))
  }
  const surrogate = headers.get('surrogate-control')
  if (surrogate !== null) {
    findings.push(
      info('directives', `Surrogate-Control: ${surrogate}`, 'not for hitrate: send Hitrate-Cache-Control'),
    )
  }
  if (findings.length === 0 && !FIELDS.some(([field]) => headers.has(field))) {
    findings.push(info('directives', 'Cache-Control', 'absent, and Expires too'))
  }
  return findings
}
