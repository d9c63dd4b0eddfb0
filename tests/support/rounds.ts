/** How often a test repeats what depends on chance: each run of the tests repeats it less often than `npm run soak`. */
import process from 'node:process'

/** Returns `long` with `HITRATE_LONG`, which `npm run soak` sets. */
export function rounds(usual: number, long: number): number {
  return process.env.HITRATE_LONG === undefined ? usual : long
}
