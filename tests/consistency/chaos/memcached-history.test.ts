/** Histories of several processes on Memcached: on one server, and on three. The seed chooses one of the two for the short form. */
import { memcachedHistory } from '../stores/memcached/memcached-history.ts'
import { describeHistory, isLong, SEED } from './describe-history.ts'

const counts = isLong ? [1, 3] : [SEED % 2 === 0 ? 1 : 3]
for (const servers of counts) describeHistory(memcachedHistory(servers), 2500)
