import { describeOutage } from '../describe-outage.ts'
import { startRedisFor } from './start-redis-for.ts'

describeOutage({
  tier: 'redis',
  program: 'redis-server',
  start: startRedisFor,
  env: (port) => ({ REDIS_URL: `redis://127.0.0.1:${port}` }),
})
