/** Hit-for-miss: which resources gave answers that are of no use to others, so that nobody waits for another's. */
import { createBoundedMap } from '../bounded-map.ts'
import type { RequestHeader } from '../fields/vary.ts'

export interface HitForMiss {
  has(key: string): boolean
  /** Its last answer could not be shared. */
  add(key: string): void
  /** Its last answer could. */
  delete(key: string): void
}

export interface HitForMissOptions {
  /** Epoch ms. */
  now: () => number
  /** How long it is remembered, in ms. Default 60,000. */
  ttlMs?: number
  /** How many characters of keys are remembered; beyond, the oldest are forgotten. Default 512 Ki. */
  maxLength?: number
}

export function createHitForMiss(options: HitForMissOptions): HitForMiss {
  const { now, ttlMs = 60_000, maxLength = 512 * 1024 } = options
  /** Until when, epoch ms. */
  const until = createBoundedMap<number>({ maxLength })

  return {
    has(key) {
      const time = until.get(key)
      if (time === undefined) return false
      if (now() < time) return true
      until.delete(key)
      return false
    },
    add: (key) => until.set(key, now() + ttlMs),
    delete: until.delete,
  }
}

/** As what a resource is remembered: requests with `Authorization` get answers of their own, and are remembered apart. */
export function hitForMissKey({ header, resource }: { header: RequestHeader; resource: string }): string {
  return hitForMissKeys(resource)[header('authorization') === undefined ? 0 : 1]
}

/** Both: for requests without `Authorization`, and with it. */
export function hitForMissKeys(resource: string): [string, string] {
  return [resource, `\0${resource}`]
}
