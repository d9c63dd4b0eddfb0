/** The unit of invalidation: one key (as the stores know it, namespace included), one tag, or everything. */
export type Invalidation = { key: string } | { tag: string } | 'everything'
