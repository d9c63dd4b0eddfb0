/** The public names of `hitrate/stores/workers-kv`. */
export * from '../../stores/workers-kv.ts'
