import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EVERYTHING, PendingInvalidations } from '../../../src/cache/remote/pending-invalidations.ts'
import { flush, virtualClock } from '../../support/test-cache.ts'

interface SentCall {
  ids: readonly string[]
  end(isConfirmed: boolean): Promise<void>
}

function setUp({ mayShare = true } = {}) {
  const clock = virtualClock(0)
  const sent: SentCall[] = []
  const retried: string[] = []
  const pending = new PendingInvalidations({
    send(ids) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      sent.push({
        ids,
        async end(isConfirmed) {
          resolve(isConfirmed)
          await flush()
        },
      })
      return promise
    },
    onRetried: (ids) => retried.push(ids.join(' ')),
    schedule: clock.schedule,
    mayShare,
  })
  /** The ids of the calls so far. */
  const calls = () => sent.map(({ ids }) => ids.join(' '))
  const last = (): SentCall => sent.at(-1) ?? assert.fail('nothing was sent')
  /** Resolves to the result of `settle`, or to `waits`. */
  const settled = async (...ids: string[]): Promise<boolean | 'waits'> => {
    let result: boolean | 'waits' = 'waits'
    void pending.settle(ids).then((isSettled) => {
      result = isSettled
    })
    await flush()
    return result
  }
  /** Sends, and reports the result of the only call. */
  const sendWith = async (isConfirmed: boolean, ...ids: string[]): Promise<boolean> => {
    const result = pending.send(ids)
    await flush()
    await last().end(isConfirmed)
    return result
  }
  return { clock, pending, sent, retried, calls, last, settled, sendWith }
}

describe('invalidations of this instance', () => {
  it('an id is pending until the store has confirmed it', async () => {
    const { pending, sendWith } = setUp()
    assert.equal(pending.isEmpty, true)
    const sent = sendWith(true, 'ka', 'tb')
    assert.deepEqual([pending.has('ka'), pending.has('tb'), pending.isEmpty], [true, true, false])
    assert.equal(await sent, true)
    assert.equal(pending.isEmpty, true)
  })

  it('many ids are sent 500 at a time, one call after the other', async () => {
    const { pending, sent, last } = setUp()
    const ids = Array.from({ length: 1200 }, (_, i) => `k${i}`)
    const result = pending.send(ids)
    for (const count of [500, 500, 200]) {
      await flush()
      assert.equal(last().ids.length, count)
      await last().end(true)
    }
    assert.equal(await result, true)
    assert.deepEqual(
      sent.flatMap((call) => call.ids),
      ids,
    )
  })

  it('after a call that fails, the others are left to the timer', async () => {
    const { pending, sent, last, clock } = setUp()
    const result = pending.send(Array.from({ length: 1200 }, (_, i) => `k${i}`))
    await flush()
    await last().end(true)
    await last().end(false)
    assert.equal(await result, false)
    assert.deepEqual([sent.length, pending.ids().size], [2, 700])
    clock.advance(500)
    await flush()
    assert.deepEqual([sent.length, last().ids.length], [3, 500])
  })

  it('a failed invalidation is sent again every 500 ms until the store confirms it', async () => {
    const { clock, calls, last, sendWith, pending } = setUp()
    assert.equal(await sendWith(false, 'ka'), false)
    clock.advance(499)
    assert.equal(calls().length, 1)
    clock.advance(1)
    await flush()
    await last().end(false)
    clock.advance(500)
    await flush()
    await last().end(true)
    clock.advance(10_000)
    assert.deepEqual(calls(), ['ka', 'ka', 'ka'])
    assert.deepEqual([pending.isEmpty, clock.pendingTimers()], [true, 0])
  })

  it('an invalidation that failed is reported once the timer has got it confirmed', async () => {
    const { clock, retried, last, sendWith } = setUp()
    await sendWith(true, 'ka')
    await sendWith(false, 'kb', 'tc')
    clock.advance(500)
    await flush()
    assert.deepEqual(retried, [])
    await last().end(true)
    assert.deepEqual(retried, ['kb tc'])
  })

  it('the failures of many invalidations are one call of the timer', async () => {
    const { clock, calls, sendWith } = setUp()
    for (const id of ['ka', 'kb', 'tc']) await sendWith(false, id)
    clock.advance(500)
    await flush()
    assert.deepEqual(calls().slice(3), ['ka kb tc'])
  })

  it('an earlier attempt does not confirm a later invalidation of the same id', async () => {
    const { pending, sent } = setUp()
    void pending.send(['ka'])
    await flush()
    void pending.send(['ka'])
    await flush()
    await sent[0]?.end(true)
    assert.equal(pending.has('ka'), true)
    await sent[1]?.end(true)
    assert.equal(pending.has('ka'), false)
  })

  it('close() sends once more what has failed, and stops the timer', async () => {
    const { pending, clock, calls, last, sendWith } = setUp()
    await sendWith(false, 'ka')
    const closed = pending.close()
    await flush()
    await last().end(false)
    await closed
    clock.advance(10_000)
    assert.deepEqual(calls(), ['ka', 'ka'])
  })

  it('more than 100,000 failed invalidations become one of everything', async () => {
    const { pending, clock, calls, sent } = setUp()
    void pending.track(
      Array.from({ length: 100_001 }, (_, i) => `k${i}`),
      Promise.resolve(false),
    )
    await flush()
    assert.deepEqual([...pending.ids()], [EVERYTHING])
    clock.advance(500)
    await flush()
    assert.deepEqual(calls(), [EVERYTHING])
    await sent[0]?.end(true)
    assert.equal(pending.isEmpty, true)
  })
})

describe('settle', () => {
  it('settle waits for the attempt that runs, and is false after a failure', async () => {
    const { pending, last, settled, sendWith } = setUp()
    assert.equal(await settled('ka'), true)
    void pending.send(['ka'])
    assert.equal(await settled('ka', 'kb'), 'waits')
    assert.equal(await settled('kb'), true)
    const later = pending.settle(['ka'])
    await last().end(true)
    assert.equal(await later, true)
    await sendWith(false, 'ka')
    assert.equal(await settled('ka'), false)
  })

  it('settle does not wait for the promise of another caller when promises are not shared', async () => {
    const { pending, settled } = setUp({ mayShare: false })
    void pending.send(['ka'])
    assert.deepEqual([await settled('ka'), await settled('kb')], [false, true])
  })
})

describe('invalidations of another instance in this process', () => {
  it('a received id is pending until its confirmation', async () => {
    const { pending, calls, clock } = setUp()
    pending.receive('ka')
    assert.equal(pending.has('ka'), true)
    clock.advance(10_000)
    assert.deepEqual(calls(), [], 'the other instance sends it')
    pending.receiveConfirmation('ka')
    assert.equal(pending.isEmpty, true)
    pending.receiveConfirmation('ka')
    assert.equal(pending.isEmpty, true, 'a confirmation of an unknown invalidation is ignored')
  })

  it('two received invalidations of an id need two confirmations', async () => {
    const { pending } = setUp()
    pending.receive('ka')
    pending.receive('ka')
    pending.receiveConfirmation('ka')
    assert.equal(pending.has('ka'), true)
    pending.receiveConfirmation('ka')
    assert.equal(pending.has('ka'), false)
  })

  it('a read that needs the key sends a received invalidation itself', async () => {
    const { pending, settled, calls, last } = setUp()
    pending.receive('ka')
    assert.equal(await settled('ka'), 'waits')
    assert.deepEqual(calls(), ['ka'])
    await last().end(true)
    assert.deepEqual([await settled('ka'), pending.has('ka')], [true, false])
    pending.receiveConfirmation('ka')
    assert.equal(pending.isEmpty, true)
  })

  it('an own attempt covers what was received before it, and not what was received during it', async () => {
    const { pending, last } = setUp()
    pending.receive('ka')
    void pending.send(['ka'])
    pending.receive('ka')
    await flush()
    await last().end(true)
    assert.equal(pending.has('ka'), true)
    pending.receiveConfirmation('ka') // of the first
    assert.equal(pending.has('ka'), true)
    pending.receiveConfirmation('ka')
    assert.deepEqual([pending.has('ka'), pending.isEmpty], [false, true])
  })

  it('the confirmation of an invalidation that an own attempt has covered does not confirm a later one', async () => {
    const { pending, sendWith, settled } = setUp()
    pending.receive('ka')
    await sendWith(true, 'ka')
    assert.deepEqual([await settled('ka'), pending.has('ka'), [...pending.ids()]], [true, false, []])
    pending.receive('ka')
    pending.receiveConfirmation('ka') // of the first
    assert.equal(pending.has('ka'), true)
    pending.receiveConfirmation('ka')
    assert.deepEqual([pending.has('ka'), pending.isEmpty], [false, true])
  })

  it('a confirmation during an own attempt is not counted twice', async () => {
    const { pending, last } = setUp()
    pending.receive('ka')
    void pending.send(['ka'])
    await flush()
    pending.receiveConfirmation('ka')
    pending.receive('ka')
    await last().end(true)
    assert.equal(pending.has('ka'), true)
  })

  it('a received invalidation of everything is pending until an own attempt, because it is never confirmed', async () => {
    const { pending, settled, last } = setUp()
    pending.receive(EVERYTHING)
    assert.equal(await settled(EVERYTHING), 'waits')
    await last().end(true)
    assert.equal(pending.isEmpty, true)
  })
})
