/** The context of a load whose signal is made when it is read for the first time. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LazyLoadContext } from '../../../src/cache/loading/load-context.ts'

describe('LazyLoadContext', () => {
  it('the signal is the same at each reading, and aborts with the reason', () => {
    const context = new LazyLoadContext('k')
    const { signal } = context
    assert.equal(context.signal, signal)
    assert.equal(signal.aborted, false)
    context.abort('late')
    assert.deepEqual([signal.aborted, signal.reason], [true, 'late'])
  })

  it('a signal that is read for the first time after the abort is aborted', () => {
    const context = new LazyLoadContext('k')
    context.abort('late')
    assert.deepEqual([context.signal.aborted, context.signal.reason], [true, 'late'])
  })

  it('a copy of the context has its signal', () => {
    const context = new LazyLoadContext('k')
    const copy = { ...context }
    assert.equal(copy.signal, context.signal)
    assert.equal(copy.background, false)
  })

  it('it has the key, is not in the background, and returns the stored value if there is one', () => {
    const { key, background } = new LazyLoadContext('k')
    assert.deepEqual({ key, background }, { key: 'k', background: false })
    assert.equal(new LazyLoadContext('k').storedValue(), undefined)
    assert.equal(new LazyLoadContext('k', () => 'old').storedValue(), 'old')
  })
})
