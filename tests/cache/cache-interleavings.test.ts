import { playAll } from './interleaving.ts'

playAll(
  () => [],
  'hit stale miss coalesced error bypass outdated stopped evicted remote many retried deadline'.split(' '),
)
