/** The cache's clock. One reading gives both the time of day and the duration of a hit. */

export interface Clock {
  /** Epoch ms. */
  now(): number
  /** Epoch ms with the clock's fractions: the difference of two readings is a duration. */
  precise(): number
  /** Converts a precise reading to the value that `now` would have returned. */
  whole(precise: number): number
}

/** `precise` follows a changed wall clock, or a sleep of the machine, within this time. */
const SYNC_INTERVAL_MS = 1000

/**
 * With a `custom` clock, every reading asks it. Without one, `precise` reads the monotonic clock and adds its offset to the wall
 * clock. The offset is checked with each `now` and once a second, so that a changed wall clock is followed.
 *
 * @param custom epoch ms. Default: the runtime's clocks.
 * @param wall epoch ms. @param monotonic ms since any fixed moment.
 */
export function createClock(
  custom?: () => number,
  wall: () => number = Date.now,
  monotonic: () => number = performance.now.bind(performance),
): Clock {
  if (custom !== undefined) return { now: custom, precise: custom, whole: (ms) => ms }

  /** Wall clock minus monotonic clock. */
  let offset = -Infinity
  let syncedAt = -Infinity

  function sync(time: number, reading: number): void {
    syncedAt = reading
    const precise = reading + offset
    // The wall clock counts whole milliseconds, so a difference below one is no change.
    if (!(time <= precise && precise < time + 1)) offset = time - reading
  }

  return {
    now() {
      const time = wall()
      sync(time, monotonic())
      return time
    },
    precise() {
      const reading = monotonic()
      if (reading - syncedAt >= SYNC_INTERVAL_MS) sync(wall(), reading)
      return reading + offset
    },
    whole: Math.floor,
  }
}
