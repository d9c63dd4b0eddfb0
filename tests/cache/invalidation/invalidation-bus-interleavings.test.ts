/**
 * The interleavings of one process, in several threads: a thread may change things at any moment in which another asks what
 * it has missed, or what time it is. Some tell one another through a ring that is often too small.
 */
import {
  createInvalidationMemory,
  sharedMemoryBus,
} from '../../../src/cache/invalidation/shared-memory-bus.ts'
import { playAll } from '../../support/cache-interleavings.ts'
import { threadGroup } from '../../support/thread-group.ts'

const READS = [
  'hit',
  'stale',
  'miss',
  'coalesced',
  'error',
  'bypass',
  'outdated',
  'stopped',
  'evicted',
  'remote',
  'many',
  'retried',
  'deadline',
]

playAll(
  ({ chance, upTo }) => {
    const threads = 2 + upTo(1)
    if (chance(0.5)) return threadGroup(threads).invalidationBus
    const buffer = createInvalidationMemory({ threads, bytesPerThread: 4 * (1 + upTo(12)) })
    return Array.from({ length: threads }, (_, thread) => sharedMemoryBus(buffer, thread))
  },
  [...READS, 'heard', 'heard everything', 'interrupted'],
)
