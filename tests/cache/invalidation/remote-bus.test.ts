/** The bus between processes: numbered messages, lost messages, heartbeats and lost connections. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeAnnouncement, encodeAnnouncement } from '../../../src/cache/invalidation/bus-messages.ts'
import type { BusMessage } from '../../../src/cache/invalidation/invalidation.ts'
import { RemoteBus } from '../../../src/cache/invalidation/remote-bus.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

const KEY: BusMessage = { key: 'k' }

/** One bus, connected to itself, and another publisher that the test plays. */
function setUp() {
  const { core, clock, events, pass } = testCore()
  const received: BusMessage[] = []
  const sent: string[] = []
  let gaps = 0
  let connections = 0
  let hasEcho = true
  const bus = new RemoteBus(core, {
    async announce(text) {
      sent.push(text)
      if (hasEcho) bus.onAnnouncement(text)
      return true
    },
    onMessage: (message) => received.push(message),
    onGap: () => gaps++,
    onConnected: () => connections++,
    maxUnsyncedMs: 1000,
  })
  return {
    bus,
    clock,
    received,
    pass,
    /** The numbers of messages and of the heartbeats sent so far. */
    numbers: () => sent.map((text) => decodeAnnouncement(text)?.number),
    lastSent: () => decodeAnnouncement(sent.at(-1) ?? ''),
    gaps: () => gaps,
    connections: () => connections,
    gapReasons: () => events.flatMap((event) => (event.type === 'bus-gap' ? [event.reason] : [])),
    /** Receives a message of another publisher; a heartbeat without messages. */
    hear: (number: number, messages: readonly BusMessage[] = [], isLast = false, publisher = 'other') =>
      bus.onAnnouncement(encodeAnnouncement({ publisher, number, messages, isLast })),
    /** Own messages do not arrive any more. */
    cutOff() {
      hasEcho = false
    },
    async connect() {
      bus.onConnection(true)
      await pass(750)
    },
  }
}

describe('the numbers of a bus between processes', () => {
  it('each message has the next number, and heartbeats repeat the last one', async () => {
    const { bus, connect, numbers, pass } = setUp()
    await connect()
    const texts = [bus.announcementOf([KEY]), bus.announcementOf([{ tag: 't' }, KEY])]
    await pass(500)
    assert.deepEqual(
      texts.map((text) => decodeAnnouncement(text)?.number),
      [1, 2],
    )
    assert.deepEqual(numbers(), [0, 0, 2])
  })

  it('messages of other processes are applied in order, those of this process are not', async () => {
    const { bus, connect, hear, received, gaps } = setUp()
    await connect()
    bus.onAnnouncement(bus.announcementOf([KEY]))
    hear(0)
    hear(1, [{ tag: 'a' }, { expiredKey: 'b' }])
    hear(1)
    hear(2, ['everything'])
    assert.deepEqual(received, [{ tag: 'a' }, { expiredKey: 'b' }, 'everything'])
    assert.equal(gaps(), 0)
  })

  it('a number that does not arrive within half a heartbeat means that a message was lost', async () => {
    const { connect, hear, gaps, gapReasons, received, pass } = setUp()
    await connect()
    hear(0)
    hear(2, [KEY])
    await pass(249)
    assert.deepEqual([gaps(), received], [0, [KEY]])
    await pass(1)
    assert.equal(gaps(), 1)
    hear(3, [KEY])
    await pass(250)
    assert.equal(gaps(), 1)
    hear(4)
    await pass(250)
    assert.equal(gaps(), 2, 'the heartbeat shows that message 4 was lost')
    hear(3)
    assert.deepEqual(gapReasons(), ['missing', 'missing'])
  })

  it('messages that overtake each other are no gap', async () => {
    const { connect, hear, gaps, pass } = setUp()
    await connect()
    for (const number of [3, 1, 4, 2]) hear(number, [KEY])
    hear(4)
    await pass(1000)
    assert.equal(gaps(), 0)
  })

  it('the last message of a process shows at once that an earlier one was lost', async () => {
    const { connect, hear, gaps } = setUp()
    await connect()
    hear(1, [KEY])
    hear(2, [], true)
    assert.equal(gaps(), 1)
  })

  it('an unknown process may have had messages before, except in the first period', async () => {
    const { bus, connect, hear, gaps, pass } = setUp()
    bus.onConnection(true)
    hear(7, [KEY], false, 'early')
    hear(5, [], false, 'early too')
    await pass(250)
    assert.equal(gaps(), 0, 'memory is empty at the start')
    hear(9, [KEY], false, 'early')
    await pass(250)
    assert.equal(gaps(), 1, 'but the numbers count from the first one')
    await pass(500)
    await connect()
    hear(1, [KEY], false, 'new')
    hear(0, [], false, 'newer')
    await pass(250)
    assert.equal(gaps(), 1)
    hear(3, [], false, 'unknown')
    await pass(250)
    assert.equal(gaps(), 2)
  })

  it('a foreign text is ignored', async () => {
    const { bus, connect, received, gaps } = setUp()
    await connect()
    bus.onAnnouncement('hello')
    assert.deepEqual([received, gaps()], [[], 0])
  })
})

describe('the time for which a bus between processes is current', () => {
  it('a bus is current after one and a half heartbeats', async () => {
    const { bus, pass } = setUp()
    assert.equal(bus.isCurrent, false)
    bus.onConnection(true)
    await pass(749)
    assert.equal(bus.isCurrent, false)
    await pass(1)
    assert.equal(bus.isCurrent, true)
    await pass(60_000)
    assert.equal(bus.isCurrent, true)
  })

  it('a bus is not current when no message has arrived for maxUnsyncedMs, its own heartbeats included', async () => {
    const { bus, connect, cutOff, hear, pass } = setUp()
    await connect() // the last heartbeat was sent after 500 ms
    cutOff()
    await pass(749)
    assert.equal(bus.isCurrent, true)
    await pass(1)
    assert.equal(bus.isCurrent, false)
    hear(0)
    assert.equal(bus.isCurrent, true)
  })

  it('a connection that was made again is current after one and a half heartbeats, and messages lost meanwhile show', async () => {
    const { bus, connect, hear, gaps, pass, connections } = setUp()
    await connect()
    hear(0)
    bus.onConnection(false)
    await pass(100)
    bus.onConnection(true)
    assert.deepEqual([connections(), bus.isCurrent], [2, false])
    hear(1)
    await pass(250)
    assert.equal(gaps(), 1)
    await pass(499)
    assert.equal(bus.isCurrent, false)
    await pass(1)
    assert.equal(bus.isCurrent, true)
  })
})

describe('a publisher that falls silent', () => {
  it('a process that ended without its last message may have lost a message', async () => {
    const { connect, hear, gapReasons, pass } = setUp()
    await connect()
    hear(1, [KEY])
    await pass(2000)
    assert.deepEqual(gapReasons(), [])
    await pass(500)
    assert.deepEqual(gapReasons(), ['publisher-lost'])
    await pass(5000)
    assert.deepEqual(gapReasons(), ['publisher-lost'], 'it is reported once')
  })

  it('a process that never invalidated, or that sent its last message, is not missed', async () => {
    const { connect, hear, gapReasons, pass } = setUp()
    await connect()
    hear(0)
    hear(1, [KEY], true, 'closed')
    await pass(10_000)
    assert.deepEqual(gapReasons(), [])
  })

  it('others are not missed while this process is cut off', async () => {
    const { connect, hear, gapReasons, pass, cutOff } = setUp()
    await connect()
    hear(1, [KEY])
    cutOff()
    await pass(10_000)
    assert.deepEqual(gapReasons(), [])
  })
})

describe('close of a bus between processes', () => {
  it('close sends a last message, and stops the heartbeats', async () => {
    const { bus, connect, clock, lastSent, received, hear } = setUp()
    await connect()
    hear(1) // schedules a check
    bus.announcementOf([KEY])
    await bus.close()
    assert.deepEqual(
      { ...lastSent(), publisher: '' },
      { publisher: '', number: 1, messages: [], isLast: true },
    )
    assert.equal(clock.pendingTimers(), 0)
    assert.equal(bus.isCurrent, false)
    hear(1, [KEY])
    bus.onConnection(false)
    bus.onConnection(true)
    assert.deepEqual([received, clock.pendingTimers()], [[], 0])
  })

  it('close sends nothing without a connection', async () => {
    const { bus, numbers } = setUp()
    await bus.close()
    assert.deepEqual(numbers(), [])
  })
})
