import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { createIdleSweep, SWEEP_MS } from '../../../src/http/socket/idle-sweep.ts'

describe('createIdleSweep()', () => {
  it('numbers its sweeps, one for each interval, until it is stopped', () => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      const ticks: number[] = []
      const sweep = createIdleSweep((tick) => ticks.push(tick))
      mock.timers.tick(SWEEP_MS)
      assert.deepEqual([sweep.tick(), ticks], [0, []])
      sweep.start()
      sweep.start()
      mock.timers.tick(3 * SWEEP_MS)
      assert.deepEqual([sweep.tick(), ticks], [3, [1, 2, 3]])
      sweep.stop()
      mock.timers.tick(3 * SWEEP_MS)
      assert.deepEqual([sweep.tick(), ticks], [3, [1, 2, 3]])
      sweep.start()
      mock.timers.tick(SWEEP_MS)
      assert.equal(sweep.tick(), 4)
      sweep.stop()
    } finally {
      mock.timers.reset()
    }
  })
})
