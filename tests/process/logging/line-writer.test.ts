import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineWriter } from '../../../src/process/logging/line-writer.ts'

/** A writer whose output and timers are recorded. */
function writer() {
  const printed: string[] = []
  const timers: { run: () => void; ms: number; isCancelled: boolean }[] = []
  const lines = new LineWriter({
    print: (text) => printed.push(text),
    schedule(run, ms) {
      const timer = { run, ms, isCancelled: false }
      timers.push(timer)
      return () => {
        timer.isCancelled = true
      }
    },
  })
  return { lines, printed, timers }
}

describe('LineWriter', () => {
  it('writes a line at once, without its line end', () => {
    const { lines, printed } = writer()
    lines.write('a\n')
    lines.write('b')
    assert.deepEqual(printed, ['a', 'b'])
  })

  it('writes waiting lines together after 100 ms, by one timer', () => {
    const { lines, printed, timers } = writer()
    for (const line of ['a\n', 'b\n']) lines.writeLater(line)
    assert.deepEqual([printed, timers.map(({ ms }) => ms)], [[], [100]])
    timers[0]?.run()
    assert.deepEqual(printed, ['a\nb'])
    lines.writeLater('c')
    assert.equal(timers.length, 2)
  })

  it('keeps the order: waiting lines precede a line that is written at once', () => {
    const { lines, printed, timers } = writer()
    lines.writeLater('a')
    lines.write('b')
    assert.deepEqual(printed, ['a', 'b'])
    assert.ok(timers[0]?.isCancelled)
  })

  it('writes 256 lines at once', () => {
    const { lines, printed } = writer()
    for (let i = 0; i < 300; i++) lines.writeLater(`${i}`)
    assert.equal(printed.length, 1)
    assert.equal(printed[0]?.split('\n').length, 256)
    lines.flush()
    assert.equal(printed[1]?.split('\n').length, 44)
    lines.flush()
    assert.equal(printed.length, 2)
  })
})
