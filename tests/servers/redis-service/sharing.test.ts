import { describePurging } from '../describe-purging.ts'
import { describeSharing } from '../describe-sharing.ts'
import type { SharedTierOptions } from '../sharing-services.ts'
import { startRedisFor } from './start-redis-for.ts'

const options: SharedTierOptions = {
  tier: 'redis',
  program: 'redis-server',
  open: async (test) => ({ REDIS_URL: `redis://127.0.0.1:${(await startRedisFor(test)).port}` }),
}

describeSharing({ ...options, hasMessages: true })
describePurging(options)
