import { describeSharing } from '../describe-sharing.ts'
import { startRedisFor } from './start-redis-for.ts'

describeSharing({
  tier: 'redis',
  program: 'redis-server',
  hasMessages: true,
  open: async (test) => ({ REDIS_URL: `redis://127.0.0.1:${(await startRedisFor(test)).port}` }),
})
