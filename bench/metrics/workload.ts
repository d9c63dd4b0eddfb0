/** The workload of every metrics library: the same labels, buckets, values and clock. */

export const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const
export const statuses = ['200', '201', '304', '404', '500'] as const

export type Method = (typeof methods)[number]
export type Status = (typeof statuses)[number]

/** Twelve bounds, in seconds. */
export const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** 1024 durations in seconds, spread evenly over the 13 buckets, in a pseudo-random order that is always the same. */
export const durations: Float64Array = Float64Array.from({ length: 1024 }, randomly(randomDuration))

function randomDuration(random: () => number): number {
  const bucket = Math.floor(random() * 13)
  const from = buckets[bucket - 1] ?? 0
  const to = buckets[bucket] ?? 5
  return from + (to - from) * random()
}

/** A linear congruential generator (constants of Numerical Recipes). */
function randomly<T>(make: (random: () => number) => T): () => T {
  let state = 1
  function random(): number {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return () => make(random)
}

/** Milliseconds. Bound once, as users of the libraries can do it too. */
export const now: () => number = performance.now.bind(performance)

/** The operations, and for each the name of the samples that count it. */
export const countedBy = {
  boundInc: 'bound_total',
  unlabelledInc: 'unlabelled_total',
  labelledInc: 'labelled_total',
  observe: 'observed_seconds_count',
  labelledObserve: 'labelled_seconds_count',
  request: 'requests_total',
  boundRequest: 'bound_requests_total',
}

export type Operation = keyof typeof countedBy

export const operations = Object.keys(countedBy) as Operation[]

/**
 * A library with its metrics registered. Each operation contains its loop, so that a runtime compiles it for this library
 * alone: a call through a shared loop costs as much as some operations. `i % 4` and `i % 5` select all 20 label pairs in turn.
 */
export interface Service {
  operations: Record<Operation, (times: number) => void>
  /** Text of a scrape. It also proves that no operation was optimized away. */
  expose(): Promise<string>
}

/** A library, used as its documentation describes. */
export interface Client {
  name: string
  /** Creates the metrics of `operations` in a registry of their own. */
  service(): Service
  /** Creates a counter with a series for each pair of a route and a user; the result renders a scrape. */
  counters(routes: readonly string[], users: readonly string[]): () => Promise<string>
  /** Creates a histogram with a series for each route, observed once; the result renders a scrape. */
  histograms(routes: readonly string[]): () => Promise<string>
}
