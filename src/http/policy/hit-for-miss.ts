/**
 * Hit-for-miss: a table of the resources whose last response could not be shared. Requests for them do not wait for each
 * other's load.
 */
import { createBoundedMap } from '../bounded-map.ts'
import type { RequestHeader } from '../fields/vary.ts'

export interface HitForMiss {
  has(key: string): boolean
  /** Must be called when the response could not be shared. */
  add(key: string): void
  /** Must be called when the response could be shared. */
  delete(key: string): void
}

export interface HitForMissOptions {
  /** Clock in epoch ms. */
  now: () => number
  /** Time that a resource stays in the table, in ms. Default: 60,000. */
  ttlMs?: number
  /** Largest number of characters of all keys; the oldest keys beyond it are evicted. Default: 512 Ki. */
  maxLength?: number
}

export function createHitForMiss(options: HitForMissOptions): HitForMiss {
  const { now, ttlMs = 60_000, maxLength = 512 * 1024 } = options
  /** Expiry of each key in epoch ms. */
  const expiries = createBoundedMap<number>({ maxLength })

  return {
    has(key) {
      const expiry = expiries.get(key)
      if (expiry === undefined) return false
      if (now() < expiry) return true
      expiries.delete(key)
      return false
    },
    add: (key) => expiries.set(key, now() + ttlMs),
    delete: expiries.delete,
  }
}

/**
 * Key of a request in the hit-for-miss table. Requests with `Authorization` have a key of their own, because they get other
 * responses.
 */
export function hitForMissKey({ header, resource }: { header: RequestHeader; resource: string }): string {
  return header('authorization') === undefined ? resource : authorizedKey(resource)
}

/** Both keys of a resource: for requests without and with `Authorization`. */
export function hitForMissKeys(resource: string): [string, string] {
  return [resource, authorizedKey(resource)]
}

function authorizedKey(resource: string): string {
  return `\0${resource}`
}
