import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Flights, startFlight } from '../../../src/cache/loading/single-flight.ts'
import { flush } from '../../support/test-cache.ts'

/** A load that the test resolves, and its signal. */
function work() {
  const { promise, resolve } = Promise.withResolvers<string>()
  const signals: AbortSignal[] = []
  function run(signal: AbortSignal): Promise<string> {
    signals.push(signal)
    return promise
  }
  return { run, end: resolve, signal: () => signals[0] as AbortSignal } // after start()
}

describe('a flight', () => {
  it('a flight starts its load synchronously and has the given sequence number', () => {
    const { run, signal } = work()
    const flight = new Flights<string>().start('k', 7, run)
    assert.equal(flight.sequence, 7)
    assert.equal(signal().aborted, false)
  })

  it('a flight can be joined under its key until its load ends', async () => {
    const flights = new Flights<string>()
    const { run, end } = work()
    const flight = flights.start('k', 0, run)
    assert.equal(flights.current('k'), flight)
    assert.equal(flights.current('l'), undefined)
    const waiting = [flight.wait(), flight.wait()]
    end('v')
    assert.deepEqual(await Promise.all(waiting), ['v', 'v'])
    assert.equal(flights.current('k'), undefined)
  })

  it('an unshared flight cannot be joined', async () => {
    const flights = new Flights<string>()
    const { run, end } = work()
    const flight = startFlight(3, run)
    assert.equal(flight.sequence, 3)
    end('v')
    assert.equal(await flight.wait(), 'v')
    assert.equal(flights.current('k'), undefined)
  })

  it('a detached flight resolves for the reads that already wait', async () => {
    for (const detach of ['detach', 'detachAll'] as const) {
      const flights = new Flights<string>()
      const { run, end } = work()
      const waiting = flights.start('k', 0, run).wait()
      flights[detach]('k')
      assert.equal(flights.current('k'), undefined)
      end('v')
      assert.equal(await waiting, 'v')
    }
  })

  it('a flight that ends does not remove a later flight of the same key', async () => {
    const flights = new Flights<string>()
    const [older, later] = [work(), work()]
    flights.start('k', 0, older.run)
    const flight = flights.start('k', 1, later.run)
    older.end('old')
    await flush()
    assert.equal(flights.current('k'), flight)
  })
})

describe('waiting for a flight', () => {
  it('a waiting read rejects with its own reason, and the last one aborts the load', async () => {
    const flights = new Flights<string>()
    const { run, signal } = work()
    const flight = flights.start('k', 0, run)
    const readers = [new AbortController(), new AbortController()] as const
    const waiting = readers.map((reader) => flight.wait(reader.signal).catch((reason: unknown) => reason))
    readers[0].abort('first')
    assert.equal(signal().aborted, false)
    assert.equal(flights.current('k'), flight)
    readers[1].abort('last')
    assert.equal(signal().reason, 'last')
    assert.deepEqual(await Promise.all(waiting), ['first', 'last'])
  })

  it('a flight cannot be joined after all reads have aborted, not even by an abort listener of the load', () => {
    const flights = new Flights<string>()
    const reader = new AbortController()
    let joined: unknown
    function run(signal: AbortSignal): Promise<string> {
      signal.addEventListener('abort', () => {
        joined = flights.current('k')
      })
      return new Promise(() => {})
    }
    flights
      .start('k', 0, run)
      .wait(reader.signal)
      .catch(() => {})
    reader.abort()
    assert.equal(joined, undefined)
    assert.equal(flights.current('k'), undefined)
  })

  it('a flight whose reads have all aborted does not remove a later flight of the same key', () => {
    const flights = new Flights<string>()
    const reader = new AbortController()
    flights
      .start('k', 0, work().run)
      .wait(reader.signal)
      .catch(() => {})
    const later = flights.start('k', 1, work().run)
    reader.abort()
    assert.equal(flights.current('k'), later)
  })

  it('a read whose signal is already aborted rejects and aborts the load', async () => {
    const { run, signal } = work()
    const waiting = new Flights<string>().start('k', 0, run).wait(AbortSignal.abort('aborted'))
    await assert.rejects(waiting, (reason) => reason === 'aborted')
    assert.equal(signal().aborted, true)
  })

  it('a load is not aborted while a read without a signal waits', () => {
    const { run, signal } = work()
    const flight = new Flights<string>().start('k', 0, run)
    const reader = new AbortController()
    void flight.wait()
    flight.wait(reader.signal).catch(() => {})
    reader.abort()
    assert.equal(signal().aborted, false)
  })

  it('a signal that aborts after the flight has ended does not abort the load', async () => {
    const { run, end, signal } = work()
    const flight = new Flights<string>().start('k', 0, run)
    const reader = new AbortController()
    const waiting = flight.wait(reader.signal)
    end('v')
    assert.equal(await waiting, 'v')
    await flush()
    reader.abort()
    assert.equal(signal().aborted, false)
  })
})
