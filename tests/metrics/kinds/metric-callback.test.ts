import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallbackRuns, MetricCallback } from '../../../src/metrics/kinds/metric-callback.ts'
import { settledValue } from '../../support/settled-value.ts'

function callbackOf(callback: (n: number) => unknown, finish = (result: unknown) => `<${result}>`) {
  const errors: string[] = []
  const async: string[] = []
  const runs = new CallbackRuns(
    (error, metric) => errors.push(`${metric}: ${error}`),
    (metric) => async.push(metric),
  )
  return { errors, async, runs, callback: new MetricCallback('depth', runs, callback, finish) }
}

describe('MetricCallback', () => {
  it('run returns the finished result of a synchronous callback', () => {
    const { callback, errors, async } = callbackOf((n) => n + 1)
    assert.deepEqual([callback.run(1), callback.run(2)], ['<2>', '<3>'])
    assert.deepEqual([errors, async, callback.isAsync], [[], [], false])
  })

  it('run returns undefined after an error of the callback or of finish, and reports it', () => {
    const fail = () => {
      throw new Error('broken')
    }
    for (const { callback, errors } of [callbackOf(fail), callbackOf((n) => n, fail)]) {
      assert.equal(callback.run(1), undefined)
      assert.deepEqual(errors, ['depth: Error: broken'])
    }
  })

  it('run joins a promise until it settles, and then calls again', async () => {
    const calls: PromiseWithResolvers<number>[] = []
    const { callback, async } = callbackOf(() => {
      calls.push(Promise.withResolvers())
      return calls.at(-1)?.promise
    })
    const first = callback.run(1)
    assert.equal(callback.run(2), first)
    calls[0]?.resolve(5)
    assert.equal(await settledValue(first), '<5>')
    const second = callback.run(3)
    assert.notEqual(second, first)
    calls[1]?.resolve(6)
    assert.equal(await settledValue(second), '<6>')
    assert.equal(calls.length, 2)
    assert.deepEqual([async, callback.isAsync], [['depth'], true])
  })

  it('a promise that rejects, or resolves to a wrong result, is reported once for all that wait', async () => {
    for (const { callback, errors } of [
      callbackOf(async () => {
        throw new Error('broken')
      }),
      callbackOf(
        async () => 1,
        () => {
          throw new Error('broken')
        },
      ),
    ]) {
      assert.deepEqual(await Promise.all([1, 2].map((n) => settledValue(callback.run(n)))), [
        undefined,
        undefined,
      ])
      assert.deepEqual(errors, ['depth: Error: broken'])
    }
  })

  it('any object with then counts as a promise', async () => {
    // biome-ignore lint/suspicious/noThenProperty: the subject of the test
    const { callback } = callbackOf(() => ({ then: (settle: (n: number) => void) => settle(3) }))
    assert.equal(await settledValue(callback.run(1)), '<3>')
  })

  it('replace begins with the new callback, also while a promise of the previous one is pending', async () => {
    const { callback } = callbackOf(() => new Promise(() => {}))
    void callback.run(1)
    callback.replace((n) => n)
    assert.equal(callback.run(2), '<2>')
    assert.equal(callback.isAsync, false)
  })

  it('current names the metric while the callback or finish runs', async () => {
    const seen: unknown[] = []
    const { callback, runs } = callbackOf(
      () => {
        seen.push(runs.current)
        return Promise.resolve(1)
      },
      () => String(seen.push(runs.current)),
    )
    await settledValue(callback.run(1))
    assert.deepEqual([...seen, runs.current], ['depth', 'depth', undefined])
  })
})
