/**
 * The past of a key, as a word of 28 bits: its class (8 bits), the number of its requests (8 bits), and the mean of the binary
 * logarithms of the intervals between them (12 bits, the lower 7 are the fraction). Keys of a class have similar pasts.
 */

/** Class 0 has the keys with one request. Above it are 8 bands by the number of intervals, each of 16 classes by their mean. */
export const CLASSES = 129

/** Classes of a band. */
export const BAND = 16

/** The past of a key with one request. */
export const FIRST_REQUEST = 1 << 12

/** Number of requests from which on the class depends on the mean only. */
const MANY = 66

/** Share of the newest interval in the mean, in 1/4096, by the number of intervals. */
const newestShare = Int32Array.from({ length: MANY + 1 }, (_, intervals) =>
  Math.ceil(4096 / Math.min(Math.max(intervals, 1), 8)),
)

/** First class of the band, and number of requests, by the number of intervals. */
const bands = Int32Array.from({ length: MANY + 1 }, (_, intervals) => {
  const band = Math.min(32 - Math.clz32(intervals - 1), 7)
  return ((1 + BAND * band) << 20) | (Math.min(intervals + 1, MANY) << 12)
})

/** Returns the past after one more request. @param age requests since the last one of the key, at least 1 */
export function nextPast(past: number, age: number): number {
  const intervals = (past >> 12) & 255
  const zeros = Math.clz32(age)
  const log = ((31 - zeros) << 7) | (((age << zeros) << 1) >>> 25)
  const oldMean = past & 4095
  const mean = oldMean + (((log - oldMean) * (newestShare[intervals] as number)) >> 12)
  return (bands[intervals] as number) + ((mean >> 8) << 20) + mean
}

/** e to the power of minus Euler's constant: the geometric mean of random intervals, as a part of their mean. */
const GEOMETRIC = 0.5615

/** Number of intervals from which on an estimate has its full weight, so that a few requests in a row do not make a key hot. */
const FULL_WEIGHT = 8

/**
 * Estimates the share of the requests that are for a key, from 0 to 1; 0 with one request. The interval is that of random requests with
 * the same geometric mean (within 6 % for all shares), or the present one if it is longer.
 *
 * @param age requests since the last one of the key.
 */
export function shareOf(past: number, age: number): number {
  const intervals = ((past >> 12) & 255) - 1
  const interval = (2 ** ((past & 4095) / 128) - (1 - GEOMETRIC)) / GEOMETRIC
  return Math.min(1, intervals / FULL_WEIGHT) / Math.max(interval, age)
}
