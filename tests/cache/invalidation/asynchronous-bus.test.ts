/** An asynchronous bus: publish resolves later or rejects, and memory must not be read until the bus is renewed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Invalidation } from '../../../src/cache/invalidation/invalidation.ts'
import type { InvalidationBus } from '../../../src/cache/invalidation/invalidation-bus.ts'
import { flush, manualLoader, resultOf, testCache } from '../../support/test-cache.ts'

/** A bus whose promises the test settles. */
function slowBus() {
  const state = { isCurrent: true, renewals: 0 }
  const received: Invalidation[] = []
  let publishing = Promise.withResolvers<void>()
  let renewing = Promise.withResolvers<void>()
  const bus: InvalidationBus = {
    publish: () => publishing.promise,
    take: (apply) => received.splice(0).forEach(apply),
    current: () => state.isCurrent,
    renew() {
      state.renewals++
      return renewing.promise
    },
  }
  return {
    bus,
    state,
    received,
    publishing: () => publishing,
    renewing: () => renewing,
    reset() {
      publishing = Promise.withResolvers()
      renewing = Promise.withResolvers()
    },
  }
}

describe('a bus that publishes asynchronously', () => {
  it('the promise of an invalidation resolves after the bus has published it', async () => {
    const { bus, publishing } = slowBus()
    const { cache } = testCache({ invalidationBus: bus })
    let isDone = false
    const deleted = cache.delete('k').then(() => {
      isDone = true
    })
    await flush()
    assert.equal(isDone, false)
    publishing().resolve()
    await deleted
  })

  it('an invalidation takes effect in its own instance synchronously, also when publishing fails', async () => {
    const { bus, publishing } = slowBus()
    const { cache, events } = testCache({ invalidationBus: bus })
    const written = cache.write('k', 'old')
    const deleted = cache.delete('k')
    assert.equal(cache.peek('k'), undefined)
    const lost = new Error('connection lost')
    publishing().reject(lost)
    assert.deepEqual(await Promise.all([written, deleted]), [
      { kept: true, confirmed: false },
      { removed: 1, confirmed: false },
    ])
    const failures = events.filter((event) => event.type === 'bus')
    assert.deepEqual(
      failures,
      Array(2).fill({ type: 'bus', cache: 'hitrate', operation: 'publish', error: lost }),
    )
  })

  it('an error that publish throws synchronously is reported as an event', async () => {
    const thrown = new Error('no bus')
    const { cache, events } = testCache({
      invalidationBus: {
        publish() {
          throw thrown
        },
        take() {},
      },
    })
    assert.deepEqual(await cache.delete('k'), { removed: 0, confirmed: false })
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'bus' ? [event.error] : [])),
      [thrown],
    )
  })
})

describe('memory whose bus is not current', () => {
  async function stored() {
    const slow = slowBus()
    const made = testCache({ invalidationBus: slow.bus })
    slow.publishing().resolve()
    await made.cache.write('k', 'stored')
    slow.state.isCurrent = false
    return { ...slow, ...made }
  }

  it('lookup, peek and has find nothing while the bus is not current', async () => {
    const { cache, state } = await stored()
    assert.equal(cache.lookup('k'), undefined)
    assert.equal(cache.peek('k'), undefined)
    assert.equal(cache.has('k'), false)
    state.isCurrent = true
    assert.equal(cache.lookup('k')?.value, 'stored')
  })

  it('a read loads while the bus is renewed, and waits for both', async () => {
    const { cache, state, renewing } = await stored()
    const db = manualLoader<string>()
    let result: unknown
    const read = resultOf(cache.read('k', db.load)).then((value) => {
      result = value
    })
    await flush()
    assert.deepEqual([db.started, state.renewals], [1, 1])
    db.nth(1).resolve('loaded')
    await flush()
    assert.equal(result, undefined)
    state.isCurrent = true
    renewing().resolve()
    await read
    assert.deepEqual(result, ['miss', 'loaded'])
  })

  it('invalidations that a renewal receives are applied', async () => {
    const { cache, state, renewing, received } = await stored()
    await cache.write('other', 'stored')
    const read = cache.read('k', () => 'loaded')
    received.push({ key: 'other' })
    state.isCurrent = true
    renewing().resolve()
    await read
    assert.equal(cache.peek('other'), undefined)
  })

  it('a read is answered by its load when the renewal fails, and the error is an event', async () => {
    const { cache, events, renewing } = await stored()
    const lost = new Error('connection lost')
    renewing().reject(lost)
    assert.deepEqual(await resultOf(cache.read('k', () => 'loaded')), ['miss', 'loaded'])
    assert.deepEqual(
      events.filter((event) => event.type === 'bus'),
      [{ type: 'bus', cache: 'hitrate', operation: 'renew', error: lost }],
    )
  })
})
