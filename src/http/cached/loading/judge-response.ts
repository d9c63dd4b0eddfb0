/** Judges the handler's response in the context: whether it may be stored, and for how long. */
import { setHeader } from '../../context/context-response.ts'
import { joinVary } from '../../fields/vary.ts'
import { judgeStorage, type PolicyOptions, type StorageVerdict } from '../../policy/storage-policy.ts'
import type { CacheRequest } from '../cache-request.ts'
import type { Route } from '../route.ts'
import type { RouteWarnings } from './route-warnings.ts'

/** Adds the option `vary` to the response first. */
export function judgeResponse(
  { cache, policy, varyBy }: Route,
  warnings: RouteWarnings,
  { c, header, about }: CacheRequest,
): StorageVerdict {
  setHeader(c, 'vary', joinVary(c.res.headers.get('vary'), varyBy))
  const { status, headers } = c.res
  const judge = (by: PolicyOptions) =>
    judgeStorage(header('authorization') !== undefined, status, headers, by, cache.now())
  try {
    return judge(policy)
  } catch (error) {
    warnings.emit('targeted-control', about, error)
    return judge({ ...policy, targetedControl: undefined })
  }
}
