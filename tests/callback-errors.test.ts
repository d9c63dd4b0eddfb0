import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallbackErrors } from '../src/callback-errors.ts'
import { consoleErrors } from './support/console-errors.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('CallbackErrors', () => {
  it('the guarded callback gets the argument, and its result is dropped', () => {
    const seen: number[] = []
    const guarded = new CallbackErrors('test').guard('onX', (n: number) => seen.push(n))
    assert.equal(guarded(1), undefined)
    assert.deepEqual(seen, [1])
  })

  it('a throw and a rejection are reported, each callback once', async () => {
    const reports: string[] = []
    const errors = new CallbackErrors('test', (error, callback) => reports.push(`${callback} ${error}`))
    const throws = errors.guard('onA', () => {
      throw new Error('a')
    })
    const rejects = errors.guard('onB', async () => {
      throw 'b'
    })
    for (const _ of [1, 2, 3]) {
      throws()
      rejects()
    }
    await nextTurn()
    assert.deepEqual(reports, ['onA Error: a', 'onB b'])
  })

  it('the default is one line of console.error', async () => {
    const lines = await consoleErrors(async () => {
      const errors = new CallbackErrors('measured')
      const fails = errors.guard('onEnd', () => {
        throw new Error('two\n  lines')
      })
      fails()
      fails()
      errors.report(Object.create(null), 'timer')
      await nextTurn()
    })
    assert.deepEqual(lines, [
      'measured: onEnd failed, reported once: Error: two lines',
      'measured: timer failed, reported once: a value without a text',
    ])
  })

  it('an error of onError is written to console.error', async () => {
    const lines = await consoleErrors(async () => {
      const throwing = new CallbackErrors('one', () => {
        throw new Error('x')
      })
      throwing.report(1, 'onEnd')
      new CallbackErrors('two', async () => Promise.reject(new Error('y'))).report(1, 'onEnd')
      await nextTurn()
    })
    assert.deepEqual(lines, [
      'one: onError failed, reported once: Error: x',
      'two: onError failed, reported once: Error: y',
    ])
  })
})
