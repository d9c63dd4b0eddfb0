import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NoAnswerError } from '../../../src/stores/memcached/client/no-answer-error.ts'
import { type Server, Session } from '../../../src/stores/memcached/session.ts'

/** A server that takes 30 ms for each call, and notes the options of the calls. */
function slowServer() {
  const calls: unknown[] = []
  const clock = { now: 100 }
  const server: Server = {
    name: 'a:11211',
    maxItemBytes: 2 ** 20,
    ping: async () => {},
    async run(_, options) {
      calls.push(options)
      clock.now += 30
      return { replies: [], connection: 5 }
    },
  }
  return { server, calls, now: () => clock.now }
}

const commands = [{ verb: 'mg', key: 'a', flags: '' }] as const

describe('a session', () => {
  it('a session uses the connection of its first call for all others', async () => {
    const { server, calls, now } = slowServer()
    const session = new Session(server, { now, timeoutMs: undefined })
    await session.run(commands)
    assert.equal(session.connection, 5)
    await session.run(commands)
    assert.deepEqual(calls, [
      { connection: undefined, timeoutMs: undefined },
      { connection: 5, timeoutMs: undefined },
    ])
  })

  it('a session of a lease uses the connection of the lease', async () => {
    const { server, calls, now } = slowServer()
    await new Session(server, { now, timeoutMs: undefined }, 4).run(commands)
    assert.deepEqual(calls, [{ connection: 4, timeoutMs: undefined }])
  })

  it('a session has one time limit for all calls, and makes none after it', async () => {
    const { server, calls, now } = slowServer()
    const session = new Session(server, { now, timeoutMs: 50 })
    await session.run(commands)
    await session.run(commands)
    await assert.rejects(session.run(commands), NoAnswerError)
    assert.deepEqual(calls, [
      { connection: undefined, timeoutMs: 50 },
      { connection: 5, timeoutMs: 20 },
    ])
  })

  it('a session makes no call without commands', async () => {
    const { server, calls, now } = slowServer()
    assert.deepEqual(await new Session(server, { now, timeoutMs: 50 }).run([]), [])
    assert.deepEqual(calls, [])
  })
})
