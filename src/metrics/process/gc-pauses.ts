/** Observes the garbage collections of the calling thread. Only Node reports them. */
import { constants, PerformanceObserver } from 'node:perf_hooks'
import type { GcKind } from './gc-kinds.ts'

/** Called for each collection with its duration in seconds. */
export type OnGcPause = (kind: GcKind, seconds: number) => void

/** True on Node. */
export const hasGcEntries = PerformanceObserver?.supportedEntryTypes?.includes('gc') ?? false

const kindOf: ReadonlyMap<number | undefined, GcKind> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Calls `onPause` for each collection from now on, in batches. Does not keep the process alive. Returns a function that ends this. */
export function observeGc(onPause: OnGcPause): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // The types lack the detail that entries of type gc have.
      const { detail, duration } = entry as typeof entry & { readonly detail?: { readonly kind?: number } }
      const kind = kindOf.get(detail?.kind)
      if (kind !== undefined) onPause(kind, duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}
