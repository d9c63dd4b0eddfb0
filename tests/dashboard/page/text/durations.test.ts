import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  exactSeconds,
  latency,
  period,
  shortPeriod,
  timeOfDay,
} from '../../../../src/dashboard/page/text/durations.ts'

const plain = (text: string) => text.replaceAll('\u202f', ' ')

describe('durations', () => {
  it('latency chooses the unit by size', () => {
    const values = [0, 1e-7, 0.000012, 0.000999, 0.0009996, 0.00124, 0.0999, 0.9996, 2.5, 120]
    assert.deepEqual(
      values.map((value) => plain(latency(value))),
      ['0', '<1 µs', '12 µs', '999 µs', '1 ms', '1.24 ms', '99.9 ms', '1 s', '2.5 s', '120 s'],
    )
  })

  it('exactSeconds is in seconds, as the metrics are', () => {
    assert.equal(exactSeconds(0.0001234567), '0.000123457 s')
  })

  it('period has its two largest units', () => {
    const periods = [-5, 999, 59_999, 60_000, 185_000, 15_120_000, 788_400_000]
    assert.deepEqual(
      periods.map((ms) => plain(period(ms))),
      ['0 s', '0 s', '59 s', '1 min', '3 min 5 s', '4 h 12 min', '9 d 3 h'],
    )
  })

  it('shortPeriod has its largest unit', () => {
    assert.deepEqual(
      [185_000, 15_120_000].map((ms) => plain(shortPeriod(ms))),
      ['3 min', '4 h'],
    )
  })

  it('timeOfDay is in UTC', () => {
    assert.equal(timeOfDay(Date.UTC(2026, 11, 1, 3, 4, 5)), '03:04:05')
  })
})
