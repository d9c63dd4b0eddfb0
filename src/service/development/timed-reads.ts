/** Reads of users through the service, and a summary of their answers. */

/** Answers to a group of reads. */
export interface ReadSummary {
  /** Number of answers by status, in ascending order of status. */
  statuses: ReadonlyMap<number, number>
  /** Number of stale answers, according to `Cache-Status`. */
  stale: number
  /** Time until the last byte of the slowest answer. */
  slowestMs: number
}

export interface ReadOptions {
  /** The service: its `fetch`. */
  fetch: (request: Request) => Response | Promise<Response>
  /** Sent in `Authorization`. Default: none. */
  token?: string | undefined
  /** Monotonic clock in ms. Default: `performance.now`. */
  timer?: () => number
}

/** Sends one GET for each path, all at once, and waits for all bodies. */
export async function timedReads(
  paths: readonly string[],
  { fetch, token, timer = () => performance.now() }: ReadOptions,
): Promise<ReadSummary> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }

  async function read(path: string) {
    const startedAt = timer()
    const response = await fetch(new Request(`http://localhost${path}`, { headers }))
    await response.arrayBuffer()
    return { response, ms: timer() - startedAt }
  }

  const answers = await Promise.all(paths.map(read))
  const statuses = new Map<number, number>()
  for (const { status } of answers.map(({ response }) => response).sort((a, b) => a.status - b.status))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  return {
    statuses,
    stale: answers.filter(({ response }) => isStale(response)).length,
    slowestMs: Math.max(0, ...answers.map(({ ms }) => ms)),
  }
}

/** True for a stored answer whose lifetime has ended (RFC 9211 §2.4). */
function isStale({ headers }: Response): boolean {
  return /; ttl=-/.test(headers.get('cache-status') ?? '')
}

/** Such as `30 answers of 200 (30 stale), the slowest in 2 ms`. */
export function describeReads({ statuses, stale, slowestMs }: ReadSummary): string {
  const counts = [...statuses].map(([status, count]) => `${count.toLocaleString('en')} with ${status}`)
  const staleText = stale === 0 ? '' : `, ${stale.toLocaleString('en')} of them stale`
  return `${counts.join(', ')}${staleText}; the slowest took ${Math.ceil(slowestMs).toLocaleString('en')} ms`
}
