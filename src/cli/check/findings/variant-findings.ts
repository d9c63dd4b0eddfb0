/** The request headers that change the response, and whether `Vary` names them. */
import { listMembers } from '../../../http/fields/lists.ts'
import type { Answer } from '../asking/answer.ts'
import type { Answers } from '../asking/ask-url.ts'
import { ownStatus } from '../asking/own-cache-status.ts'
import { explainDetail } from '../words/details.ts'
import { type Finding, info, warning } from './finding.ts'

/** Headers with so many values that a stored response for each of them is hardly ever used again. */
const UNBOUNDED = new Set(['cookie', 'user-agent', 'authorization', 'referer', 'x-forwarded-for'])

/** The headers that are tried, as they are usually written. */
const TRIED: Readonly<Record<string, string>> = {
  cookie: 'Cookie',
  'accept-language': 'Accept-Language',
  'accept-encoding': 'Accept-Encoding',
}

export function variantFindings(answers: Answers): Finding[] {
  const { upstream, again, control, others } = answers
  const declared = listMembers(upstream.headers.get('vary')).map((name) => name.toLowerCase())
  const findings = declared.filter((name) => UNBOUNDED.has(name)).map(unboundedFinding)
  const isSteady = !('failure' in again || 'failure' in control) && differenceOf(again, control) === undefined
  for (const [name, written] of Object.entries(TRIED)) {
    const other = others[name]
    if (other === undefined || 'failure' in again) continue
    const isDeclared = declared.includes(name)
    if ('failure' in other) {
      findings.push(info('variants', written, `with another one there was no response: ${other.failure}`))
    } else
      findings.push(
        differenceFinding(written, differenceOf(again, other, !isSteady), { isDeclared, isSteady }),
      )
  }
  return [...findings, ...cookieFindings(answers)]
}

function unboundedFinding(name: string): Finding {
  return warning('variants', 'Vary', `one stored response for each value of ${name}: hits will be rare`)
}

/** @param isSteady true if equal requests have equal responses. */
function differenceFinding(
  name: string,
  difference: string | undefined,
  { isDeclared, isSteady }: { isDeclared: boolean; isSteady: boolean },
): Finding {
  if (difference !== undefined) {
    if (isDeclared) return info('variants', name, `changes the ${difference}, and Vary names it`)
    const risk = `changes the ${difference}, but Vary does not name it`
    return warning('variants', name, `${risk}: a cache may send the response to the wrong clients`)
  }
  if (!isSteady) return info('variants', name, 'cannot be judged: the response differs at each request')
  if (!isDeclared) return info('variants', name, 'changed nothing in one try')
  return info(
    'variants',
    name,
    'changed nothing in one try, but Vary names it: one stored response for each value',
  )
}

/** The part of a response that differs. @param ignoresBody true if bodies cannot be compared. */
function differenceOf(base: Answer, other: Answer, ignoresBody = false): string | undefined {
  if (base.status !== other.status) return `status (${base.status} and ${other.status})`
  for (const name of ['content-type', 'content-language', 'content-encoding', 'location']) {
    if (base.headers.get(name) !== other.headers.get(name)) return `header ${name}`
  }
  return ignoresBody || base.digest === other.digest ? undefined : 'body'
}

/** The outcome of a first request by a client with cookies. */
function cookieFindings({ second, withCookie }: Answers): Finding[] {
  if ('failure' in withCookie || !ownStatus(second.headers).hit) return []
  const { stored, detail } = ownStatus(withCookie.headers)
  if (stored || detail === undefined || detail === 'streaming') return []
  const { cause, remedy } = explainDetail(detail)
  const advice = remedy === undefined ? '' : `. ${remedy}`
  const text = `gets the stored response, but the response to its own request is not stored: ${cause}${advice}`
  return [info('variants', 'client with a cookie', text)]
}
