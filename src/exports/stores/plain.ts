/** The public names of `hitrate/stores/plain`. */
export * from '../../stores/plain/plain-store.ts'
export * from '../../stores/plain/plain-store-options.ts'
