/**
 * Buckets in seconds for reads, loads and tier operations: from 1 µs, for memory hits, to 10 s, for loads beyond their
 * deadline.
 */
export const cacheDurationBuckets = [
  1e-6, 5e-6, 25e-6, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** Buckets in seconds for HTTP requests. */
export const requestDurationBuckets = [
  5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]
