/** Parts of the queries of the service dashboard. */

/** Selects the series of the chosen processes, and those of the job for recorded series, which have no instance. */
export const of = 'job="$job",instance=~"$instance"'
export const ofJob = 'job="$job"'

export const requests = `http_request_duration_seconds_count{${of}}`
export const budget = '(1 - scalar(hitrate:http_availability:objective))'
export const burnRate = (window: string) =>
  `job_access:http_request_errors:ratio_rate${window}{${ofJob}} / ${budget}`
export const quantile = (q: number, by: string, buckets: string) =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${buckets}[$__rate_interval])))`
/** Zero where the first expression has no series. */
export const orZero = (expression: string, zeroOf: string) => `${expression} or 0 * ${zeroOf}`
