/**
 * The label `cache`, the first label of each metric of a cache. It accepts the names of 16 caches; all further caches
 * share the value `other`.
 */
export const cacheLabel = { max: 16 } as const
