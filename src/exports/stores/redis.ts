/** The public names of `hitrate/stores/redis`. */
export type { RedisClient, RedisSubscriber } from '../../stores/redis/clients/redis-client.ts'
export * from '../../stores/redis/redis-store.ts'
