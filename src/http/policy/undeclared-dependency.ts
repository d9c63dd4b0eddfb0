/** Detects a response that depends on the user without declaring it in its headers. */
import type { Warning } from '../../cache/events.ts'
import type { Directives } from '../fields/cache-control.ts'
import { variesBy } from '../fields/vary.ts'

/**
 * Returns a warning if the handler read `Cookie` or `Authorization`, unless `Vary` names that header or a directive allows
 * sharing the response. A response with this warning must not be shared.
 *
 * @param headersRead request headers that the handler read by name, in lower case.
 * @param handlerDirectives directives from the handler's own headers.
 */
export function undeclaredDependency(
  headersRead: ReadonlySet<string>,
  vary: string | null,
  handlerDirectives: Directives,
): Warning | undefined {
  const isPublic = handlerDirectives.has('public') || handlerDirectives.has('s-maxage')
  if (isPublic) return undefined
  if (headersRead.has('cookie') && !variesBy(vary, 'cookie')) return 'depends-on-cookie'
  if (
    headersRead.has('authorization') &&
    !variesBy(vary, 'authorization') &&
    !handlerDirectives.has('must-revalidate')
  ) {
    return 'depends-on-authorization'
  }
  return undefined
}
