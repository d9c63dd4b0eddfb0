/** Readers of values that Node alone has. Bun has the same functions, but they return zeros and empty lists. */
import process from 'node:process'
import { getHeapSpaceStatistics } from 'node:v8'
import type { HeapSpace, RuntimeReaders } from './runtime-metrics.ts'

/** Types of the handles, requests and resources of the calling thread. */
export function handleReaders(): RuntimeReaders {
  // These two functions have no types. Node may remove them, because their results are objects of its own.
  const { _getActiveHandles, _getActiveRequests } = process as unknown as {
    readonly _getActiveHandles?: () => readonly object[]
    readonly _getActiveRequests?: () => readonly object[]
  }
  return {
    ...(_getActiveHandles ? { activeHandles: () => _getActiveHandles().map(classNameOf) } : {}),
    ...(_getActiveRequests ? { activeRequests: () => _getActiveRequests().map(classNameOf) } : {}),
    activeResources: () => process.getActiveResourcesInfo(),
  }
}

/** The spaces of the heap of the calling thread. */
export function heapSpaces(): HeapSpace[] {
  return getHeapSpaceStatistics().map((space) => ({
    space: space.space_name.replace(/_space$/, ''),
    total: space.space_size,
    used: space.space_used_size,
    available: space.space_available_size,
  }))
}

function classNameOf(object: object | null): string {
  return object?.constructor?.name || 'unknown'
}
