/**
 * The interleavings with several threads: a thread may invalidate whenever another thread reads the bus or the clock.
 * Half of the runs publish through shared memory that is often too small.
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
  'lease granted',
  'lease stored',
  'wait for value',
]

playAll(
  ({ chance, upTo }) => {
    const threads = 2 + upTo(1)
    if (chance(0.5)) return threadGroup(threads).buses
    const buffer = createInvalidationMemory({ threads, bytesPerThread: 4 * (1 + upTo(12)) })
    return Array.from({ length: threads }, (_, thread) => sharedMemoryBus(buffer, thread))
  },
  [...READS, 'received', 'received everything', 'interrupted'],
)
