/** The outages of Redis, with each client. */
import { skipUnless } from '../../support/installed.ts'
import { redisOutages } from '../stores/redis/redis-outages.ts'
import { describeOutages } from './describe-outages.ts'

const some = ['killed', 'frozen', 'cuts its answers', 'answers with HTML', 'wrong password'] as const

describeOutages(
  'redis',
  redisOutages,
  [
    { runtime: 'node', client: 'ioredis', short: 'all' },
    { runtime: 'node', client: 'node-redis', short: some },
    { runtime: 'bun', client: 'Bun.RedisClient', short: some },
    { runtime: 'node', client: 'ioredis with its defaults', short: ['killed', 'frozen'] },
    { runtime: 'node', client: 'node-redis with its defaults', short: ['killed', 'frozen'] },
    { runtime: 'bun', client: 'Bun.RedisClient with its defaults', short: ['killed'] },
    { runtime: 'bun', client: 'ioredis', short: [] },
  ],
  skipUnless('redis-server'),
)
