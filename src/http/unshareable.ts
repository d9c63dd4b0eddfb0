/** Hit-for-miss: which resources gave answers that are of no use to others, so that nobody waits for another's. */
import type { Question } from './question.ts'

export interface Unshareable {
  has(key: string): boolean
  /** Its last answer could not be shared. */
  add(key: string): void
  /** Its last answer could. */
  delete(key: string): void
}

export interface UnshareableOptions {
  /** Epoch ms. */
  now: () => number
  /** How long it is remembered, in ms. Default 60,000. */
  ttlMs?: number
  /** How many characters of keys are remembered; beyond, the oldest are forgotten. Default 512 Ki. */
  maxLength?: number
}

export function createUnshareable(options: UnshareableOptions): Unshareable {
  const { now, ttlMs = 60_000, maxLength = 512 * 1024 } = options
  /** Until when, in the order of that. */
  const until = new Map<string, number>()
  let length = 0

  function forget(key: string): void {
    if (until.delete(key)) length -= key.length
  }

  return {
    has(key) {
      const time = until.get(key)
      if (time === undefined) return false
      if (now() < time) return true
      forget(key)
      return false
    },
    add(key) {
      forget(key)
      until.set(key, now() + ttlMs)
      length += key.length
      for (const oldest of until.keys()) {
        if (length <= maxLength) break
        forget(oldest)
      }
    },
    delete: forget,
  }
}

/** Where a resource is remembered: with `Authorization` its answers are others. */
export function memoryOf({ header, resource }: Pick<Question, 'header' | 'resource'>): string {
  return memoriesOf(resource)[header('authorization') === undefined ? 0 : 1]
}

/** Everything that is remembered of a resource. */
export function memoriesOf(resource: string): [string, string] {
  return [resource, `\0${resource}`]
}
