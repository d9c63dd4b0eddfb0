/** The reports about all responses of {@link openOrigin}, as one text. */

import type { CheckOptions } from '../../../src/cli/check/check-options.ts'
import type { CheckReport } from '../../../src/cli/check/check-report.ts'
import { checkUrl } from '../../../src/cli/check/check-url.ts'
import { openCheckParts } from '../../../src/cli/check/open-check-parts.ts'
import { openConnections } from '../../../src/cli/check/open-connections.ts'
import { plain, reportText } from '../../../src/cli/check/report-text.ts'
import { NOW, type Origin, responses } from './origin.ts'

/** The time stands still. @throws {Error} if there is no response. */
export async function checkPath(
  { url }: Origin,
  path: string,
  given: Partial<CheckOptions> = {},
): Promise<CheckReport> {
  const options: CheckOptions = {
    url: new URL(path, url),
    headers: [],
    ttlMs: undefined,
    stripCookies: false,
    timeoutMs: 5000,
    ...given,
  }
  const report = await checkUrl(
    options,
    openCheckParts(options, await openConnections(), () => NOW),
  )
  if ('failure' in report) throw new Error(report.failure)
  return report
}

/** The text of a report, without the port of the server. */
export function steadyText(report: CheckReport, { url }: Origin): string {
  return reportText(report, plain).replaceAll(url, 'http://origin')
}

export async function reportsOf(origin: Origin): Promise<string> {
  const texts: string[] = []
  for (const path of Object.keys(responses)) texts.push(steadyText(await checkPath(origin, path), origin))
  return texts.join(`\n${'='.repeat(100)}\n`)
}
