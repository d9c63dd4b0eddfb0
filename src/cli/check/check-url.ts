/** `hitrate check`: asks a URL, and reports in words what hitrate makes of it. */
import type { Send } from '../../proxy/upstream/send.ts'
import { askUrl } from './asking/ask-url.ts'
import type { Failure } from './asking/describe-failure.ts'
import type { CheckOptions } from './check-options.ts'
import { type CheckReport, reportOf } from './check-report.ts'

export interface CheckParts {
  /** Asks the upstream itself. */
  send: Send
  /** Makes a proxy with an empty cache. @param send asks the upstream. */
  openProxy: (send: Send) => Send
  /** The time, epoch ms. */
  now: () => number
}

/** @returns the failure if the URL gives no response. */
export async function checkUrl(options: CheckOptions, parts: CheckParts): Promise<CheckReport | Failure> {
  const { url, headers, timeoutMs, ttlMs } = options
  const answers = await askUrl({ url, headers, timeoutMs, ...parts })
  return 'failure' in answers ? answers : reportOf(url, answers, ttlMs, parts.now())
}
