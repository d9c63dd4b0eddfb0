/** Scrapes the service and returns every sample by its name with labels, as printed. */
export async function scrapeValues(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`)
  const samples = new Map<string, number>()
  for (const line of (await response.text()).split('\n')) {
    const end = line.lastIndexOf(' ')
    if (line !== '' && !line.startsWith('#')) samples.set(line.slice(0, end), Number(line.slice(end + 1)))
  }
  return samples
}

/** The six metrics of the service that this project replaces, in the order of its list. */
export const six = [
  'cache_hits_total',
  'cache_misses_total',
  'cache_errors_total',
  'cache_hit_rate',
  'cache_error_rate',
  'cache_avg_latency_us',
] as const
