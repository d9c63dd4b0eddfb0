import { describeOutage } from '../describe-outage.ts'
import { startMemcachedFor } from './start-memcached-for.ts'

describeOutage({
  tier: 'memcached',
  program: 'memcached',
  start: startMemcachedFor,
  env: (port) => ({ MEMCACHED_SERVERS: `127.0.0.1:${port}` }),
})
