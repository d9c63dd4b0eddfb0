import { playAll } from '../support/cache-interleavings.ts'

playAll(
  () => [],
  [
    ...'hit stale miss coalesced error bypass outdated stopped evicted remote many retried deadline'.split(
      ' ',
    ),
    ...['lease granted', 'lease stored', 'lease released', 'lease lost'],
    ...['wait for value', 'wait for none', 'wait for left'],
  ],
)
