/** The public names of `hitrate/stores/plain`. */
export * from '../../stores/plain/plain-store.ts'
