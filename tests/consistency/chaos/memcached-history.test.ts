/** Histories of several processes on Memcached: on one server, and on three. */
import { memcachedHistory } from '../stores/memcached/memcached-history.ts'
import { describeHistory } from './describe-history.ts'

describeHistory(memcachedHistory(1), 2500)
describeHistory(memcachedHistory(3), 2500)
