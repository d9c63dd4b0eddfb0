/** Findings about validators, which confirm a stale response without its body, and about HEAD. */
import type { Answer } from '../asking/answer.ts'
import type { Answers } from '../asking/ask-url.ts'
import { type Finding, info, warning } from './finding.ts'

/** @param isStored true if hitrate stores the response. */
export function validatorFindings(
  { upstream, again, conditional, head }: Answers,
  isStored: boolean,
): Finding[] {
  const findings: Finding[] = []
  const etag = upstream.headers.get('etag')
  const modified = upstream.headers.get('last-modified')
  const name = etag !== null ? `ETag: ${etag}` : `Last-Modified: ${modified}`
  if (conditional === undefined) {
    const consequence = ': a stale response is sent anew as a whole (clients get an ETag that hitrate makes)'
    const text = `neither is there${isStored ? consequence : ''}`
    findings.push(info('validators', 'ETag, Last-Modified', text))
  } else if ('failure' in conditional) {
    findings.push(info('validators', name, `asked with it, there was no response: ${conditional.failure}`))
  } else findings.push(conditionFinding(name, conditional, 'failure' in again ? undefined : again))
  if (head === undefined || 'failure' in head || 'failure' in again) return findings
  return [...findings, headFinding(head, again, isStored)]
}

function conditionFinding(name: string, conditional: Answer, again: Answer | undefined): Finding {
  if (conditional.status === 304) {
    return info('validators', name, 'works: the upstream confirms it with a 304, without the body')
  }
  const validator = (answer: Answer | undefined) =>
    answer?.headers.get('etag') ?? answer?.headers.get('last-modified')
  const hasChanged = validator(conditional) !== undefined && validator(conditional) !== validator(again)
  const reason = hasChanged ? 'it differs at each request' : 'the upstream ignores the condition'
  return warning(
    'validators',
    name,
    `does not work: status ${conditional.status} in place of 304, because ${reason}`,
  )
}

function headFinding(head: Answer, get: Answer, isStored: boolean): Finding {
  const works = head.status === get.status
  const text = works ? 'works' : `has status ${head.status}, and GET ${get.status}`
  const consequence = `${works ? ', and' : ';'} hitrate answers it from the stored GET`
  return info('validators', 'HEAD', `${text}${isStored ? consequence : ''}`)
}
