/** Was an answer made from who asks, though it does not say so? */
import type { Warning } from '../../cache/events.ts'
import type { Directives } from '../fields/cache-control.ts'
import { variesBy } from '../fields/vary.ts'

/**
 * What the answer depends on in silence: nobody else may get it then.
 *
 * @param read what the handler asked of the request by name, in lower case.
 * @param said the handler's own directives.
 */
export function undeclaredDependency(
  read: ReadonlySet<string>,
  vary: string | null,
  said: Directives,
): Warning | undefined {
  const isForAll = said.has('public') || said.has('s-maxage')
  if (isForAll) return undefined
  if (read.has('cookie') && !variesBy(vary, 'cookie')) return 'depends-on-cookie'
  if (read.has('authorization') && !variesBy(vary, 'authorization') && !said.has('must-revalidate')) {
    return 'depends-on-authorization'
  }
  return undefined
}
