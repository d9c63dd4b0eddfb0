import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDraining } from '../../../src/process/serving/draining.ts'
import { createServerStop, MAX_HOLD_MS, QUIET_MS } from '../../../src/process/serving/stop-server.ts'

const request = new Request('http://localhost/')

/** A server whose events are recorded. Each pause calls the next of `duringPause`, and ends at once. */
function testStop(duringPause: ((server: TestServer) => void)[] = []) {
  const events: string[] = []
  const closed = Promise.withResolvers<void>()
  const draining = createDraining(async () => new Response())
  let isSending = false
  let pausedMs = 0
  const server = {
    port: 0,
    stop() {
      events.push(`stop after ${pausedMs} ms`)
      return closed.promise
    },
    isSending: () => isSending,
    kill: () => void events.push(`kill after ${pausedMs} ms`),
  }
  async function pause(ms: number): Promise<void> {
    pausedMs += ms
    duringPause.shift()?.(test)
    await flush()
  }
  const stop = createServerStop(server, draining, { pause, loopTurns: flush })

  /** Sends a request, whose answer is recorded. */
  async function send(): Promise<void> {
    const { headers } = await draining.fetch(request)
    events.push(`answer, connection: ${headers.get('connection')}`)
  }
  const test = {
    ...{ stop, events, send, draining, close: closed.resolve },
    setSending(value: boolean) {
      isSending = value
    },
  }
  return test
}

interface TestServer {
  send(): Promise<void>
  setSending(value: boolean): void
  close(): void
}

function flush(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('createServerStop', () => {
  it('closes the listener after a silence, and answers only then', async () => {
    const { stop, events, send } = testStop([({ send }) => void send()])
    void send() // before the stop
    await flush()
    await stop.closeListener()
    await flush()
    assert.deepEqual(events, ['answer, connection: null', `stop after ${2 * QUIET_MS} ms`])
    await stop.finish()
    assert.deepEqual(events.slice(2), ['answer, connection: close', `kill after ${3 * QUIET_MS} ms`])
  })

  it('closes the listener after the longest wait, although requests go on to arrive', async () => {
    const requests = Array.from({ length: 100 }, () => (server: TestServer) => void server.send())
    const { stop, events } = testStop(requests)
    await stop.closeListener()
    assert.deepEqual(events, [`stop after ${MAX_HOLD_MS} ms`])
  })

  it('does not wait for a silence once all connections are closed', async () => {
    const { stop, events, close } = testStop()
    await stop.closeListener()
    close()
    await stop.finish()
    assert.deepEqual(events, [`stop after ${QUIET_MS} ms`, `kill after ${QUIET_MS} ms`])
  })

  it('answers requests that arrive on open connections after the listener was closed', async () => {
    const { stop, events } = testStop([() => {}, ({ send }) => void send(), ({ send }) => void send()])
    await stop.closeListener()
    await stop.finish()
    assert.deepEqual(events, [
      `stop after ${QUIET_MS} ms`,
      'answer, connection: close',
      'answer, connection: close',
      `kill after ${4 * QUIET_MS} ms`,
    ])
  })

  it('waits until each response was sent to its end', async () => {
    const { stop, events, setSending } = testStop([
      () => {},
      () => {},
      () => {},
      ({ setSending }) => setSending(false),
    ])
    setSending(true)
    await stop.closeListener()
    await stop.finish()
    assert.deepEqual(events.at(-1), `kill after ${4 * QUIET_MS} ms`)
  })

  it('waits for a handler without end', async () => {
    const handler = Promise.withResolvers<Response>()
    const events: string[] = []
    const draining = createDraining(() => handler.promise)
    const server = {
      ...{ port: 0, isSending: () => false },
      stop: () => new Promise<void>(() => {}),
      kill: () => void events.push('kill'),
    }
    const stop = createServerStop(server, draining, { pause: flush, loopTurns: flush })
    void draining.fetch(request)
    await stop.closeListener()
    const finished = stop.finish()
    for (let turn = 0; turn < 20; turn++) await flush()
    assert.deepEqual(events, [])
    handler.resolve(new Response())
    await finished
    assert.deepEqual(events, ['kill'])
  })
})
