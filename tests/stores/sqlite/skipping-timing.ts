/** Clocks of a store in which waiting takes no time. */
import { type Timing, timingOf } from '../../../src/stores/sqlite/timing/timing.ts'

/** A sleep ends after other events of the event loop, and the monotonic clock moves to its end. */
export function skippingTiming(): Timing {
  let time = 0
  const timing = timingOf()
  return {
    ...timing,
    timer: () => time,
    async sleep(ms) {
      await timing.turn()
      time += ms
    },
  }
}
