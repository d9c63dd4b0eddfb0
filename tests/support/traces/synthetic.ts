/** Synthetic access traces: the same keys on every runtime. A trace is a list of keys, which are whole numbers from 0. */
import { seededRandom } from '../seeded-random.ts'

export type Trace = Int32Array

interface ZipfOptions {
  keys?: number
  requests?: number
  seed?: number
}

/** Draws of keys by Zipf's law: key k has the weight 1 / (k + 1)^alpha. */
export function zipf(
  alpha: number,
  { keys = 100_000, requests = 1_000_000, seed = 42 }: ZipfOptions = {},
): Trace {
  const draw = zipfDraw(alpha, keys, xorshift(seed))
  return Int32Array.from({ length: requests }, draw)
}

/** A skewed phase, a loop over 1,000 keys, and the skewed phase again. Meant for 512 entries. */
export function scanLoopScan(): Trace {
  const skewed = zipf(0.9, { keys: 20_000, requests: 130_000, seed: 7 })
  const loop = Int32Array.from({ length: 500_000 }, (_, i) => 20_000 + (i % 1000))
  return concatenated([skewed, loop, skewed])
}

/** Loads that are hard for some policy or other. Meant for 1,000 entries. */
export const hostileLoads: Readonly<Record<string, () => Trace>> = {
  'zipf, all keys new every 25k requests': () => renewedZipf(25_000),
  'zipf, all keys new every 5k requests': () => renewedZipf(5000),
  'uniform over the 800 newest keys, sliding': () => sliding(800),
  'the same over 2,500': () => sliding(2500),
  'each key twice, 900 requests apart': () => repeated((i) => (i % 2 === 0 ? i : Math.max(0, i - 899))),
  'zipf, half of the requests for one-time keys': () => oneTimeKeys(0.5),
  'zipf, 9 of 10 requests for one-time keys': () => oneTimeKeys(0.9),
  'zipf, a scan of 5,000 keys in every 20k requests': () => {
    const draw = zipfDraw(0.9, ZIPF_KEYS, seededRandom(8))
    return repeated((i) => (i % 20_000 < 5000 ? ZIPF_KEYS + i : draw()))
  },
  'a loop of 1,500 and zipf by turns of 20k': () => {
    const draw = zipfDraw(0.9, ZIPF_KEYS, seededRandom(9))
    return byTurns((i) => ZIPF_KEYS + (i % 1500), draw)
  },
  'a loop of 1,500 and sliding 800 by turns of 20k': () => {
    const random = seededRandom(10)
    return byTurns(
      (i) => i % 1500,
      (i) => 2000 + newest(i, 800, random),
    )
  },
  'a loop of 1,001': () => repeated((i) => i % 1001),
  'a loop of 20,000': () => repeated((i) => i % 20_000),
  'uniform over 5,000': () => {
    const random = seededRandom(11)
    return repeated(() => Math.floor(5000 * random()))
  },
  'stack distances log-uniform to 4,000': stackDistances,
}

const REQUESTS = 300_000
const ZIPF_KEYS = 50_000

function repeated(keyOf: (i: number) => number): Trace {
  return Int32Array.from({ length: REQUESTS }, (_, i) => keyOf(i))
}

function byTurns(one: (i: number) => number, other: (i: number) => number): Trace {
  return repeated((i) => (i % 40_000 < 20_000 ? one(i) : other(i)))
}

function renewedZipf(every: number): Trace {
  const draw = zipfDraw(0.9, 10_000, seededRandom(5))
  return repeated((i) => 10_000 * Math.floor(i / every) + draw())
}

function sliding(keys: number): Trace {
  const random = seededRandom(6)
  return repeated((i) => newest(i, keys, random))
}

/** One of the newest keys; every third request there is a new one. */
function newest(i: number, keys: number, random: () => number): number {
  return Math.floor(i / 3 + keys * random())
}

function oneTimeKeys(share: number): Trace {
  const random = seededRandom(7)
  const draw = zipfDraw(0.9, ZIPF_KEYS, random)
  return repeated((i) => (random() < share ? ZIPF_KEYS + i : draw()))
}

/** Draws the number of other keys that were requested since the key's last request: the model that LRU is best for. */
function stackDistances(): Trace {
  const random = seededRandom(12)
  const stack = Int32Array.from({ length: 4000 }, (_, i) => i)
  let keys = stack.length
  return repeated(() => {
    const distance = Math.floor(4000 ** random())
    // Every twentieth request is for a new key, which takes the place of the one used longest ago.
    const at = random() < 0.05 ? stack.length - 1 : distance - 1
    const key = at === stack.length - 1 ? keys++ : (stack[at] as number)
    stack.copyWithin(1, 0, at)
    stack[0] = key
    return key
  })
}

function zipfDraw(alpha: number, keys: number, random: () => number): () => number {
  const sums = new Float64Array(keys)
  let total = 0
  for (let k = 0; k < keys; k++) {
    total += 1 / (k + 1) ** alpha
    sums[k] = total
  }
  return () => {
    const sought = random() * total
    let low = 0
    let high = keys - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < sought) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Numbers from 0 to below 1 (Marsaglia 2003, 32 bits). */
function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

function concatenated(parts: readonly Trace[]): Trace {
  return Int32Array.from(parts.flatMap((part) => [...part]))
}
