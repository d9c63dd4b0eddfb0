/** Histories of several processes on one Redis. */
import { redisHistory } from '../stores/redis/redis-history.ts'
import { describeHistory } from './describe-history.ts'

describeHistory(redisHistory, 5000)
