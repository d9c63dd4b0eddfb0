import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { joinedHistory } from '../../../src/dashboard/client/joined-history.ts'
import type { History } from '../../../src/dashboard/data/dashboard-data.ts'

const history = (...times: number[]) => ({ everyMs: 2000, samples: times.map((at) => ({ at, caches: {} })) })
const times = ({ samples }: History) => samples.map(({ at }) => at)

describe('joinedHistory', () => {
  it('adds newer samples, and drops those that are too old', () => {
    assert.deepEqual(times(joinedHistory(history(1000, 3000), history(5000, 7000), 4000)), [3000, 5000, 7000])
  })

  it('ignores samples that it has', () => {
    assert.deepEqual(
      times(joinedHistory(history(1000, 3000), history(1000, 3000, 5000), 60_000)),
      [1000, 3000, 5000],
    )
  })

  it('keeps the samples from before a restart', () => {
    assert.deepEqual(times(joinedHistory(history(1000, 3000), history(9000), 60_000)), [1000, 3000, 9000])
  })

  it('replaces the samples of a time that comes again, because the clock was set back', () => {
    assert.deepEqual(
      times(joinedHistory(history(1000, 3000, 5000, 7000), history(3500), 60_000)),
      [1000, 3000, 3500],
    )
  })

  it('is the first history as it is', () => {
    assert.deepEqual(joinedHistory(history(), history(1000, 3000), 60_000), history(1000, 3000))
  })
})
