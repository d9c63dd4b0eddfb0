/** The load of the shop: a few products get most of the requests. */

/**
 * Yields ranks from 1 to `count` without end. Rank 1 is twice as frequent as rank 2, three times as frequent as rank 3, and so on. The
 * same seed gives the same ranks.
 */
export function* zipfRanks({ count, seed }: { count: number; seed: number }): Generator<number, never> {
  const sums = [0]
  for (let rank = 1; rank <= count; rank++) sums.push((sums[rank - 1] ?? 0) + 1 / rank)
  const total = sums[count] ?? 0
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647 // Park and Miller, "Random number generators: good ones are hard to find"
    const drawn = (state / 2_147_483_647) * total
    yield sums.findIndex((sum) => drawn < sum)
  }
}
