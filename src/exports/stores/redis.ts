/** The public names of `hitrate/stores/redis`. */
export * from '../../stores/redis.ts'
