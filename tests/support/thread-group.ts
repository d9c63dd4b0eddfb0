/** Invalidation buses of several threads in one thread: each bus receives the marks of the others at its next `take`. */
import type { Invalidation } from '../../src/cache/invalidation/invalidation.ts'
import type { InvalidationBus } from '../../src/cache/invalidation/invalidation-bus.ts'

export interface ThreadGroup {
  /** One bus per thread. */
  readonly buses: readonly InvalidationBus[]
  /** The marks that each thread has published. */
  readonly published: readonly (readonly Invalidation[])[]
}

export function threadGroup(threads: number): ThreadGroup {
  const published = Array.from({ length: threads }, (): Invalidation[] => [])
  const pending = published.map((): Invalidation[] => [])

  return {
    published,
    buses: published.map((own, thread) => ({
      publish(marks) {
        own.push(...marks)
        for (const [other, queue] of pending.entries()) if (other !== thread) queue.push(...marks)
      },
      take: (apply) => pending[thread]?.splice(0).forEach(apply),
    })),
  }
}
