/** The outages of Memcached. */
import { memcachedOutages } from '../stores/memcached/memcached-outages.ts'
import { storeSkips } from '../stores/start-store.ts'
import { describeOutages } from './describe-outages.ts'

const some = ['killed', 'frozen', 'cuts its answers', 'answers with HTML', 'one of three, killed'] as const

describeOutages(
  'memcached',
  memcachedOutages,
  [
    { runtime: 'node', client: '', short: 'all' },
    { runtime: 'bun', client: '', short: some },
  ],
  storeSkips.memcached,
)
