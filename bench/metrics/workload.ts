/** What every metrics library is made to do here: the same labels, buckets, values and clock for all of them. */

export const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const
export const statuses = ['200', '201', '304', '404', '500'] as const

export type Method = (typeof methods)[number]
export type Status = (typeof statuses)[number]

/** Twelve bounds, in seconds. */
export const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** 1024 durations in seconds, spread evenly over the 13 buckets, in an order that looks random and is always the same. */
export const durations: Float64Array = Float64Array.from({ length: 1024 }, randomly(randomDuration))

function randomDuration(random: () => number): number {
  const bucket = Math.floor(random() * 13)
  const from = buckets[bucket - 1] ?? 0
  const to = buckets[bucket] ?? 5
  return from + (to - from) * random()
}

/** Randomness from a linear congruential generator (the constants of Numerical Recipes). */
function randomly<T>(make: (random: () => number) => T): () => T {
  let state = 1
  function random(): number {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return () => make(random)
}

/** Milliseconds; captured once, as any of the libraries' users may do. */
export const now: () => number = performance.now.bind(performance)

/** What is done over and over, and the samples that count it. */
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
 * A library at work. Each operation has its loop inside, so that a runtime compiles it for this one library: a call
 * through a shared loop costs as much as some of what is measured. In turn `i % 4` and `i % 5` pick all 20 label pairs.
 */
export interface Service {
  operations: Record<Operation, (times: number) => void>
  /** The text of a scrape; it also proves that nothing was optimised away. */
  expose(): Promise<string>
}

/** A library, as its documentation says to use it. */
export interface Client {
  name: string
  /** A service with the metrics that `operations` need, in a registry of its own. */
  service(): Service
  /** A counter with a series for each pair of a route and a user; resolves to the text of a scrape. */
  counters(routes: readonly string[], users: readonly string[]): () => Promise<string>
  /** A histogram with a series for each route, observed once. */
  histograms(routes: readonly string[]): () => Promise<string>
}
