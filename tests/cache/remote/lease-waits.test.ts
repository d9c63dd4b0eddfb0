import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LeaseWaits } from '../../../src/cache/remote/lease-waits.ts'
import { flush, virtualClock } from '../../support/test-cache.ts'

function setUp() {
  const clock = virtualClock(0)
  const waits = new LeaseWaits(clock.schedule, 1000)
  const ends: string[] = []
  const wait = (
    name: string,
    { since = waits.messages, polls = 0, hasMessages = true, signal = new AbortController().signal } = {},
  ) => waits.wait(name, since, polls, hasMessages, signal).then((end) => void ends.push(`${name} ${end}`))
  const afterwards = async () => {
    await flush()
    return ends.splice(0)
  }
  return { clock, waits, wait, afterwards }
}

describe('LeaseWaits', () => {
  it('a message ends all waits for its name, and no other', async () => {
    const { waits, wait, afterwards, clock } = setUp()
    for (const name of ['a', 'a', 'b']) void wait(name)
    waits.wake('a')
    assert.deepEqual(await afterwards(), ['a woken', 'a woken'])
    assert.equal(clock.pendingTimers(), 1)
  })

  it('a message that arrived before the answer of the store ends the wait at once', async () => {
    const { waits, wait, afterwards, clock } = setUp()
    const since = waits.messages
    waits.wake('a')
    void wait('a', { since })
    assert.deepEqual(await afterwards(), ['a woken'])
    void wait('a')
    assert.deepEqual(await afterwards(), [], 'the message is older than this wait')
    clock.advance(250)
    assert.deepEqual(await afterwards(), ['a poll'])
  })

  it('the messages of the last thousand names are known', async () => {
    const { waits, wait, afterwards } = setUp()
    for (let i = 0; i <= 1000; i++) waits.wake(`k${i}`)
    void wait('k1', { since: 0 })
    void wait('k0', { since: 0 })
    assert.deepEqual(await afterwards(), ['k1 woken'])
  })

  it('a wait ends after a quarter of the lease, because its message may be lost', async () => {
    const { wait, afterwards, clock } = setUp()
    void wait('a', { polls: 7 })
    clock.advance(249)
    assert.deepEqual(await afterwards(), [])
    clock.advance(1)
    assert.deepEqual(await afterwards(), ['a poll'])
  })

  it('without messages the first wait takes 10 ms, and each further one twice as long up to a quarter of the lease', async () => {
    const { wait, afterwards, clock } = setUp()
    for (const [polls, ms] of [10, 20, 40, 80, 160, 250, 250].entries()) {
      void wait('a', { polls, hasMessages: false })
      clock.advance(ms - 1)
      assert.deepEqual(await afterwards(), [], `${ms} ms`)
      clock.advance(1)
      assert.deepEqual(await afterwards(), ['a poll'], `${ms} ms`)
    }
  })

  it('a wait ends when its signal aborts, and leaves no timer', async () => {
    const { wait, afterwards, clock } = setUp()
    const reader = new AbortController()
    void wait('a', { signal: reader.signal })
    reader.abort()
    void wait('b', { signal: reader.signal })
    assert.deepEqual(await afterwards(), ['a left', 'b left'])
    assert.equal(clock.pendingTimers(), 0)
  })
})
