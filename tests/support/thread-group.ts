/** Invalidation buses of several threads in one thread: each bus receives the messages of the others at its next `take`. */
import type { BusMessage } from '../../src/cache/invalidation/invalidation.ts'
import type { InvalidationBus } from '../../src/cache/invalidation/invalidation-bus.ts'

export interface ThreadGroup {
  /** One bus per thread. */
  readonly buses: readonly InvalidationBus[]
  /** The messages that each thread has published. */
  readonly published: readonly (readonly BusMessage[])[]
}

export function threadGroup(threads: number): ThreadGroup {
  const published = Array.from({ length: threads }, (): BusMessage[] => [])
  const pending = published.map((): BusMessage[] => [])

  return {
    published,
    buses: published.map((own, thread) => ({
      publish(messages) {
        own.push(...messages)
        for (const [other, queue] of pending.entries()) if (other !== thread) queue.push(...messages)
      },
      take: (apply) => pending[thread]?.splice(0).forEach(apply),
    })),
  }
}
