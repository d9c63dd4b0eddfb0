/** The option `cacheControl`: directives that answers get beside their handler's own, and that what is kept must not count. */
import { formatCacheControl, parseCacheControl } from '../fields/cache-control.ts'
import type { PolicyOptions } from './storage-policy.ts'

type Adding = Pick<PolicyOptions, 'cacheControl' | 'cacheableStatusCodes'>

/** The handler's `Cache-Control`, and those of the option's directives that it does not give. */
export function withAddedDirectives({ status, headers }: Response, adding: Adding): string | null {
  const own = headers.get('cache-control')
  if (adding.cacheControl.size === 0 || !adding.cacheableStatusCodes.includes(status)) return own
  const has = parseCacheControl(own)
  const missing = [...adding.cacheControl].filter(([name]) => !has.has(name))
  return [own, formatCacheControl(missing)].filter(Boolean).join(', ')
}

/**
 * Takes back from kept fields what {@link withAddedDirectives} has added. A handler that answers 304 without `Cache-Control`
 * is judged by them, and would seem to have said it itself.
 */
export function removeAddedDirectives(headers: Headers, { cacheControl }: Adding): void {
  if (cacheControl.size === 0) return
  const own = [...parseCacheControl(headers.get('cache-control'))].filter(
    ([name, value]) => cacheControl.get(name) !== value,
  )
  if (own.length === 0) headers.delete('cache-control')
  else headers.set('cache-control', formatCacheControl(own))
}
