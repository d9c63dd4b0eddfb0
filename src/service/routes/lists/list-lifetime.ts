/** The lifetime of entries of lists, from the same directives as that of stored responses. */
import type { Lifetime } from '../../../cache/lifetime.ts'
import { judgeStorage } from '../../../http/policy/storage-policy.ts'
import { targetedDirectives } from '../../../http/policy/targeted-control.ts'

const OK = 200

/**
 * Returns the lifetime that a response with these directives of `Hitrate-Cache-Control` has; `undefined` if it is not stored.
 *
 * @throws {TypeError} when the directives cannot be used.
 */
export function listLifetime(targetedControl: string): Lifetime | undefined {
  const verdict = judgeStorage(
    false,
    OK,
    new Headers(),
    {
      targetedControl: targetedDirectives(targetedControl, [OK]),
      cacheControl: new Map(),
      cacheableStatusCodes: [OK],
      storeSetCookie: false,
    },
    0,
  )
  if (!verdict.store) return undefined
  const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, keepStaleMs, mustRevalidate } = verdict.lifetime
  return { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, keepStaleMs, mustRevalidate }
}
