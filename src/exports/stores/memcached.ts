/** The public names of `hitrate/stores/memcached`. */
export * from '../../stores/memcached.ts'
