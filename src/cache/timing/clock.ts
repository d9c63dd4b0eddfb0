/** The clock of a cache. Its precise readings serve both as the time of day and for the duration of a hit. */

export interface Clock {
  /** Returns the time of day, epoch ms. */
  now(): number
  /** As `now`, for code that has just read the monotonic clock. @param monotonicMs that reading. Not used for a custom clock. */
  nowAt(monotonicMs: number): number
  /** Epoch ms, with fractions if the clock has them. The difference of two readings is a duration. */
  precise(): number
  /** Converts a precise reading to the value that `now` would have returned. */
  whole(precise: number): number
}

/** After a change of the wall clock, or a sleep of the machine, `precise` is wrong for at most this time. */
const SYNC_INTERVAL_MS = 1000

/** A wall clock that is set back by less than this time, in ms, makes an entry live that much longer, and is not reported. */
const MAX_UNREPORTED_MS = 1000

/**
 * With `custom`, all readings come from that clock. Without it, `precise` is the monotonic clock plus an offset. The offset is
 * the wall clock minus the monotonic clock. Each call of `now` measures the offset again, and so does `precise` once a second.
 * Therefore `precise` follows a change of the wall clock.
 *
 * @param custom epoch ms. Default: the runtime's clocks.
 * @param onSetBack called when the wall clock was set back. Not called for `custom`.
 * @param wall epoch ms. @param monotonic ms since any fixed moment.
 */
export function createClock(
  custom?: () => number,
  onSetBack: () => void = () => {},
  wall: () => number = Date.now,
  monotonic: () => number = performance.now.bind(performance),
): Clock {
  if (custom !== undefined) return { now: custom, nowAt: () => custom(), precise: custom, whole: (ms) => ms }

  /** Wall clock minus monotonic clock, in ms. */
  let offset = -Infinity
  let syncedAt = -Infinity

  function sync(time: number, reading: number): void {
    syncedAt = reading
    const precise = reading + offset
    // The wall clock counts whole milliseconds, so a difference below one millisecond is no change of the wall clock.
    if (time <= precise && precise < time + 1) return
    offset = time - reading
    if (precise - time > MAX_UNREPORTED_MS) onSetBack()
  }

  function nowAt(monotonicMs: number): number {
    const time = wall()
    sync(time, monotonicMs)
    return time
  }

  return {
    now: () => nowAt(monotonic()),
    nowAt,
    precise() {
      const reading = monotonic()
      if (reading - syncedAt >= SYNC_INTERVAL_MS) sync(wall(), reading)
      return reading + offset
    },
    whole: Math.floor,
  }
}
