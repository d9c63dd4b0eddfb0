/** The threads of a process, without threads: each hears what the others have told as soon as it asks. */

import type { Invalidation } from '../../src/cache/invalidation/invalidation.ts'
import type { InvalidationBus } from '../../src/cache/invalidation/invalidation-bus.ts'

export interface ThreadGroup {
  /** One for each thread's cache. */
  readonly invalidationBus: readonly InvalidationBus[]
  /** All that each thread has told, by its number. */
  readonly told: readonly (readonly Invalidation[])[]
}

export function threadGroup(threads: number): ThreadGroup {
  const told = Array.from({ length: threads }, (): Invalidation[] => [])
  const unheard = told.map((): Invalidation[] => [])

  return {
    told,
    invalidationBus: told.map((own, thread) => ({
      publish(marks) {
        own.push(...marks)
        for (const [other, marksFor] of unheard.entries()) if (other !== thread) marksFor.push(...marks)
      },
      take: (forget) => unheard[thread]?.splice(0).forEach(forget),
    })),
  }
}
