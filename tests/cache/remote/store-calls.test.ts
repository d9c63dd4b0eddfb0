/** Calls of the remote store: their time limit, and the breakers of reads and writes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CallKind, StoreCalls } from '../../../src/cache/remote/store-calls.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

const TIMEOUT_MS = 50

function setUp() {
  const parts = testCore()
  const store = fakeRemoteStore({ now: parts.clock.now })
  const calls = new StoreCalls(parts.core, store, TIMEOUT_MS)
  const fail = async (kind: CallKind, times: number) => {
    for (let i = 0; i < times; i++) await calls.attempt(kind, () => Promise.reject(new Error('refused')))
  }
  const answers = async (kind: CallKind) => (await calls.attempt(kind, async () => 'answer')).ok
  return { ...parts, store, calls, fail, answers }
}

const silent = () => new Promise<never>(() => {})

describe('a call of the store', () => {
  it('a call resolves to the answer and emits its result', async () => {
    const { calls, operations } = setUp()
    assert.equal(await calls.call('set', 'write', async () => 7), 7)
    const lost = await calls.call(
      'set',
      'write',
      async () => 'no',
      () => 'lost',
    )
    assert.equal(lost, 'no')
    assert.deepEqual(operations(), ['set ok', 'set lost'])
  })

  it('a call that fails resolves to undefined and emits the error', async () => {
    const { calls, events } = setUp()
    const error = new Error('down')
    assert.equal(await calls.call('get', 'read', () => Promise.reject(error)), undefined)
    const [event] = events
    assert.ok(event?.type === 'tier')
    assert.deepEqual([event.operation, event.result, event.error], ['get', 'error', error])
  })

  it('a call without an answer ends at its time limit, and its late answer changes nothing', async () => {
    const { calls, pass, clock, operations } = setUp()
    const { promise, resolve } = Promise.withResolvers<string>()
    const call = calls.call('get', 'read', () => promise)
    await pass(TIMEOUT_MS)
    assert.equal(await call, undefined)
    resolve('late')
    await pass(0)
    assert.deepEqual(operations(), ['get timeout'])
    assert.equal(clock.pendingTimers(), 1, 'the timer of the probe')
  })

  it('an answer that arrives in the same step of the event loop as the time limit counts', async () => {
    const timers: (() => void)[] = []
    const schedule = (run: () => void) => {
      timers.push(run)
      return () => {}
    }
    const { core } = testCore({ schedule })
    const calls = new StoreCalls(core, fakeRemoteStore(), TIMEOUT_MS)
    const { promise, resolve } = Promise.withResolvers<string>()
    const call = calls.call('get', 'read', () => promise)
    timers.shift()?.() // the time limit, on a busy event loop
    resolve('in time')
    await promise
    timers.shift()?.() // the timer of 0 ms, after the sockets were read
    assert.equal(await call, 'in time')
  })

  it('a call that has an answer leaves no timer', async () => {
    const { calls, clock } = setUp()
    await calls.call('get', 'read', async () => 7)
    assert.equal(clock.pendingTimers(), 0)
  })
})

describe('the breakers of a store', () => {
  it('a read that is late opens the breaker at once, and calls are out', async () => {
    const { calls, pass, answers, operations } = setUp()
    const late = calls.call('get', 'read', silent)
    await pass(TIMEOUT_MS)
    await late
    assert.equal(calls.up, false)
    assert.deepEqual(
      [await answers('read'), await answers('write'), await answers('invalidate')],
      [false, false, false],
    )
    await calls.call('get', 'read', async () => 7)
    assert.deepEqual(operations(), ['get timeout', 'get out'])
  })

  it('reads that fail open the breaker after three failures in a row', async () => {
    const { calls, fail, answers } = setUp()
    await fail('read', 2)
    assert.equal(await answers('read'), true)
    await fail('read', 3)
    assert.equal(calls.up, false)
  })

  it('writes that are refused end writes, but neither reads nor invalidations', async () => {
    const { calls, fail, answers } = setUp()
    await fail('write', 3)
    assert.equal(calls.up, true)
    assert.deepEqual(
      [await answers('write'), await answers('read'), await answers('invalidate')],
      [false, true, true],
    )
  })

  it('invalidations that are refused open no breaker', async () => {
    const { calls, fail, answers } = setUp()
    await fail('invalidate', 10)
    assert.equal(calls.up, true)
    assert.equal(await answers('write'), true)
  })

  it('writes are tried again after a second', async () => {
    const { fail, answers, pass } = setUp()
    await fail('write', 3)
    await pass(1000)
    assert.deepEqual([await answers('write'), await answers('write')], [true, true])
  })

  it('a ping that succeeds closes the breaker of reads', async () => {
    const { calls, fail, pass, store, operations } = setUp()
    store.mode = 'down'
    await fail('read', 3)
    await pass(250)
    assert.equal(calls.up, false)
    store.mode = 'silent'
    await pass(250 + TIMEOUT_MS)
    assert.equal(calls.up, false)
    store.mode = 'up'
    await pass(250)
    assert.equal(calls.up, true)
    assert.deepEqual(operations(), ['ping error', 'ping timeout', 'ping ok'])
  })

  it('close() stops the pings', async () => {
    const { calls, fail, pass, store } = setUp()
    await fail('read', 3)
    calls.close()
    await pass(1000)
    assert.deepEqual(store.operations, [])
  })
})
