/** The unit of invalidation: one key (with its namespace), one tag, or everything. */
export type Invalidation = { key: string } | { tag: string } | 'everything'
