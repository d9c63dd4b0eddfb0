/** What time it is, read as seldom as can be: one reading tells both the time of day and how long a hit took. */

export interface Clock {
  /** Epoch ms. */
  now(): number
  /** Epoch ms with fractions as far as the clock has them: two readings make a duration. */
  precise(): number
  /** A precise reading as `now` would have given it. */
  whole(precise: number): number
}

/** So long a step of the wall clock, or a sleep of the machine, may go unseen by `precise`. */
const IN_STEP_MS = 1000

/**
 * A clock that was handed in is asked every time, and followed to the millisecond. Without one, `precise` is the runtime's
 * monotonic clock, which runs beside the wall clock: it is set by it with each `now`, and by itself once a second, so that a
 * wall clock that was changed (or that went on while the machine slept) is followed within that time.
 *
 * @param handedIn epoch ms; default the runtime's own clocks.
 * @param wall epoch ms. @param monotonic ms since whenever.
 */
export function createClock(
  handedIn?: () => number,
  wall: () => number = Date.now,
  monotonic: () => number = performance.now.bind(performance),
): Clock {
  if (handedIn !== undefined) return { now: handedIn, precise: handedIn, whole: (ms) => ms }

  /** What the wall clock is ahead of the monotonic one. */
  let ahead = Number.NEGATIVE_INFINITY
  let setAt = Number.NEGATIVE_INFINITY

  function set(time: number, reading: number): void {
    setAt = reading
    const precise = reading + ahead
    // Whole milliseconds tell the time up to one less: only what is further off was changed.
    if (!(time <= precise && precise < time + 1)) ahead = time - reading
  }

  return {
    now() {
      const time = wall()
      set(time, monotonic())
      return time
    },
    precise() {
      const reading = monotonic()
      if (reading - setAt >= IN_STEP_MS) set(wall(), reading)
      return reading + ahead
    },
    whole: Math.floor,
  }
}
