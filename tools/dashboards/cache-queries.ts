/** Parts of the queries of the cache dashboard. */

export const of = 'job="$job",instance=~"$instance",cache=~"$cache"'
/** For recorded series, which have no instance. */
export const ofJob = 'job="$job",cache=~"$cache"'

/** The rate of a counter, added up by labels. */
export const rate = (by: string, metric: string, more = '') =>
  `sum by (${by}) (rate(${metric}{${of}${more}}[$__rate_interval]))`
export const quantile = (q: number, by: string, metric: string) =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${of}}[$__rate_interval])))`

export const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass']
