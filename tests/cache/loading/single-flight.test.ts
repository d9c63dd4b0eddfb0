import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Flights } from '../../../src/cache/loading/single-flight.ts'
import { flush } from '../../support/test-cache.ts'

/** A load that settles when told to, and its signal. */
function work() {
  const { promise, resolve } = Promise.withResolvers<string>()
  const begun: AbortSignal[] = []
  function run(signal: AbortSignal): Promise<string> {
    begun.push(signal)
    return promise
  }
  return { run, end: resolve, signal: () => begun[0] as AbortSignal } // after begin()
}

describe('a flight', () => {
  test('begins its load at once, with the number it was given', () => {
    const { run, signal } = work()
    const flight = new Flights<string>().start('k', 7, run)
    assert.equal(flight.sequence, 7)
    assert.equal(signal().aborted, false)
  })

  test('can be joined under its key until its load has ended', async () => {
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

  test('that was begun alone cannot be joined', async () => {
    const flights = new Flights<string>()
    const { run, end } = work()
    const flight = flights.startUnshared(3, run)
    assert.equal(flight.sequence, 3)
    end('v')
    assert.equal(await flight.wait(), 'v')
    assert.equal(flights.current('k'), undefined)
  })

  test('that was detached goes on for those who wait', async () => {
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

  test('that ends does not take away the later one in its place', async () => {
    const flights = new Flights<string>()
    const [older, later] = [work(), work()]
    flights.start('k', 0, older.run)
    const flight = flights.start('k', 1, later.run)
    older.end('old')
    await flush()
    assert.equal(flights.current('k'), flight)
  })
})

describe('those who wait', () => {
  test('may leave, each with its own reason; the last one stops the load', async () => {
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

  test('cannot be joined by anyone once they have all left: not even by who hears the load stop', () => {
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

  test('that have all left do not take away the later flight in its place', () => {
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

  test('with a signal that has fired already leave at once', async () => {
    const { run, signal } = work()
    const waiting = new Flights<string>().start('k', 0, run).wait(AbortSignal.abort('gone'))
    await assert.rejects(waiting, (reason) => reason === 'gone')
    assert.equal(signal().aborted, true)
  })

  test('are one too many to stop it while one waits without a signal', () => {
    const { run, signal } = work()
    const flight = new Flights<string>().start('k', 0, run)
    const reader = new AbortController()
    void flight.wait()
    flight.wait(reader.signal).catch(() => {})
    reader.abort()
    assert.equal(signal().aborted, false)
  })

  test('and got their answer do not stop anything when they leave later', async () => {
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
