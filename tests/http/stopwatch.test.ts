import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallbackErrors } from '../../src/callback-errors.ts'
import { createStopwatch } from '../../src/http/stopwatch.ts'

function watchOf(...readings: unknown[]) {
  const reports: string[] = []
  const timer = () => {
    const reading = readings.shift()
    if (reading instanceof Error) throw reading
    return (typeof reading === 'function' ? reading() : reading) as number
  }
  const errors = new CallbackErrors('test', (error, callback) => reports.push(`${callback}: ${error}`))
  return { stopwatch: createStopwatch(timer, errors), reports }
}

const message = 'timer: TypeError: timer must return rising numbers of ms, got a duration of'
const noNumber = 'timer: TypeError: timer must return a number of ms, got a value of type'

describe('createStopwatch', () => {
  it('measures with the timer', () => {
    const { stopwatch, reports } = watchOf(5, 12.5)
    assert.equal(stopwatch.elapsedMs(stopwatch.start()), 7.5)
    assert.deepEqual(reports, [])
  })

  it('measures with the monotonic clock by default', () => {
    const stopwatch = createStopwatch(undefined, new CallbackErrors('test'))
    const elapsed = stopwatch.elapsedMs(stopwatch.start())
    assert.ok(elapsed >= 0 && elapsed < 60_000, String(elapsed))
  })

  const failures: [name: string, readings: unknown[], report: string][] = [
    ['a timer that was set back', [5, 4], `${message} -1`],
    ['a timer that returns no number', ['x', 1], `${noNumber} string`],
    ['a timer that returns nothing', [1, undefined], `${noNumber} undefined`],
    ['a timer that rejects', [1, () => Promise.reject(new Error('late'))], `${noNumber} object`],
    ['an endless duration', [1, Infinity], `${message} Infinity`],
    ['a timer that throws at the start', [new Error('broken'), 1], 'timer: Error: broken'],
    ['a timer that throws at the end', [1, new Error('broken')], 'timer: Error: broken'],
  ]
  for (const [name, readings, report] of failures) {
    it(`reports ${name} once, and measures 0`, () => {
      const { stopwatch, reports } = watchOf(...readings, ...readings)
      for (const _ of [1, 2]) assert.equal(stopwatch.elapsedMs(stopwatch.start()), 0)
      assert.deepEqual(reports, [report])
    })
  }
})
