/** The label `cache` of all metrics about reads and loads: at most 16 names, further caches share the value `other`. */
export const cacheLabel = { max: 16 } as const

/** The name of the service's own cache. Its series are shown, as 0, before its first read. */
export const serviceCacheName = 'hitrate'
