import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allSettled, Settling } from '../../../src/metrics/kinds/settling.ts'

const noDeadline = () => () => {}

describe('Settling', () => {
  it('outcome is the value or the error, and callbacks run in order unless they were cancelled', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const settling = new Settling(promise)
    const calls: unknown[] = []
    settling.onSettled(() => calls.push(settling.outcome))
    settling.onSettled(() => calls.push('cancelled'))()
    settling.onSettled(() => calls.push('last'))
    assert.deepEqual([settling.outcome, settling.waiting], [undefined, 2])
    resolve(7)
    await promise
    assert.deepEqual([calls, settling.waiting], [[{ value: 7 }, 'last'], 0])
  })

  it('allSettled waits for all, and rejects with the first error', async () => {
    const one = new Settling(Promise.resolve(1))
    await allSettled([one, new Settling(Promise.resolve(2))], noDeadline)
    assert.deepEqual(one.outcome, { value: 1 })
    const failed = new Settling(Promise.reject(new Error('full')))
    const never = new Settling(new Promise(() => {}))
    await assert.rejects(allSettled([never, failed], noDeadline), new Error('full'))
    assert.equal(never.waiting, 0)
  })

  it('a promise that never settles keeps nothing of those that have stopped waiting', async () => {
    const never = new Settling(new Promise(() => {}))
    for (let i = 0; i < 100; i++) {
      await allSettled([never], (run) => {
        queueMicrotask(run)
        return () => {}
      })
    }
    assert.equal(never.waiting, 0)
  })
})
