import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scrapeDeadlineMs } from '../../../src/metrics/exposition/scrape-deadline.ts'

describe('scrapeDeadlineMs', () => {
  it('the deadline is the timeout less half a second, or less a quarter if that is shorter', () => {
    for (const [timeout, deadlineMs] of [
      ['10', 9500],
      ['2.000000', 1500],
      ['1', 750],
      ['0.2', 150],
    ] as const) {
      assert.equal(scrapeDeadlineMs(timeout), deadlineMs)
    }
  })

  it('without a valid timeout there is no deadline', () => {
    for (const timeout of [undefined, '', '0', '-1', 'ten', '1e3', 'Infinity', '1, 2', ' ']) {
      assert.equal(scrapeDeadlineMs(timeout), undefined, String(timeout))
    }
  })
})
