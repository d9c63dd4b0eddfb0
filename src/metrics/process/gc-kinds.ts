/** The kinds of garbage collection, with the names of prom-client. */
export const gcKinds = ['major', 'minor', 'incremental', 'weakcb'] as const

export type GcKind = (typeof gcKinds)[number]
