/**
 * The option `cacheControl`: adds directives to responses, and removes them from stored headers when a 304 confirms the stored
 * response.
 */
import { formatCacheControl, parseCacheControl } from '../fields/cache-control.ts'
import type { PolicyOptions } from './storage-policy.ts'

type AddedDirectives = Pick<PolicyOptions, 'cacheControl' | 'cacheableStatusCodes'>

/** The handler's `Cache-Control`, followed by the option's directives that the handler did not set. */
export function withAddedDirectives(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  added: AddedDirectives,
): string | null {
  const own = headers.get('cache-control')
  if (added.cacheControl.size === 0 || !added.cacheableStatusCodes.includes(status)) return own
  const ownDirectives = parseCacheControl(own)
  const missing = [...added.cacheControl].filter(([name]) => !ownDirectives.has(name))
  return [own, formatCacheControl(missing)].filter(Boolean).join(', ')
}

/**
 * Removes from stored headers the directives that {@link withAddedDirectives} added. Otherwise a later 304 without
 * `Cache-Control` would be judged as if the handler itself had set them.
 */
export function removeAddedDirectives(headers: Headers, { cacheControl }: AddedDirectives): void {
  if (cacheControl.size === 0) return
  const own = [...parseCacheControl(headers.get('cache-control'))].filter(
    ([name, value]) => cacheControl.get(name) !== value,
  )
  if (own.length === 0) headers.delete('cache-control')
  else headers.set('cache-control', formatCacheControl(own))
}
