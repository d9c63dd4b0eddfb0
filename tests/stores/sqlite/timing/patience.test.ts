import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Patience } from '../../../../src/stores/sqlite/timing/patience.ts'
import { timingOf } from '../../../../src/stores/sqlite/timing/timing.ts'

describe('Patience', () => {
  /** Records the waits. */
  function recordingTiming(random = 0.5) {
    const waits: (number | 'turn')[] = []
    let time = 0
    const timing = {
      ...timingOf(),
      timer: () => time,
      random: () => random,
      async turn() {
        waits.push('turn')
      },
      async sleep(ms: number) {
        waits.push(ms)
        time += ms
      },
    }
    return { timing, waits }
  }

  it('the first waits are turns of the event loop, the next short pauses, until the time is over', async () => {
    const { timing, waits } = recordingTiming()
    const patience = new Patience(timing, 5)
    while (await patience.wait());
    assert.deepEqual(waits, ['turn', 'turn', 'turn', 1.5, 1.5, 1.5])
    assert.equal(patience.elapsedMs, 4.5)
  })

  it('the pauses vary at random', async () => {
    for (const [random, pause] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const { timing, waits } = recordingTiming(random)
      const patience = new Patience(timing, 4)
      while (await patience.wait());
      assert.equal(waits.at(-1), pause)
    }
  })
})
