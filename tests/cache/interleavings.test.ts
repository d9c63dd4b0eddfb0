import { playAll } from '../support/cache-interleavings.ts'

playAll(
  () => [],
  'hit stale miss coalesced error bypass outdated stopped evicted remote many retried deadline'.split(' '),
)
