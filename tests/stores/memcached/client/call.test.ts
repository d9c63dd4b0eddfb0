/** Calls of meta commands, and their replies. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Call, type RunResult } from '../../../../src/stores/memcached/client/call.ts'
import type { MetaCommand } from '../../../../src/stores/memcached/client/meta-command.ts'
import { Outgoing } from '../../../../src/stores/memcached/client/outgoing.ts'
import { NO_OPAQUE } from '../../../../src/stores/memcached/client/reply-parser.ts'
import { FakeSocket } from '../../../support/fake-socket.ts'

const get: MetaCommand = { verb: 'mg', key: 'a', flags: 'v' }
const set: MetaCommand = { verb: 'ms', key: 'b', flags: 'T30', value: new TextEncoder().encode('bb') }
const stored = { code: 'HD', flags: '', cas: 0 } as const
const missing = { code: 'EN', flags: '', cas: 0 } as const

function called(...commands: MetaCommand[]): { call: Call; result: Promise<RunResult> } {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>()
  return { call: new Call(commands, 7, 1000, resolve, reject), result: promise }
}

describe('a call', () => {
  it('a call adds its commands in order', () => {
    const outgoing = new Outgoing()
    called(get, set, get).call.addTo(outgoing, 1)
    const socket = new FakeSocket()
    outgoing.writeTo(socket.asSocket)
    assert.deepEqual(socket.writes, ['mg a O7 v\r\nms b 2 O8 T30\r\nbb\r\nmg a O9 v\r\n'])
  })

  it('a call with an invalid command throws, so that nothing is sent', () => {
    assert.throws(() => called(get, { ...get, key: 'a b' }), { name: 'TypeError' })
  })

  it('a call resolves to its replies and the number of the connection', async () => {
    const { call, result } = called(get, set)
    call.addTo(new Outgoing(), 7)
    assert.equal(call.receive(missing, NO_OPAQUE), false)
    assert.equal(call.isSettled, false)
    assert.equal(call.receive(stored, 8), true)
    assert.equal(call.isSettled, true)
    assert.deepEqual(await result, { replies: [missing, stored], connection: 7 })
  })

  it('an error is the reply of its command alone', async () => {
    const { call, result } = called(set, get)
    const error = { code: 'error', message: 'SERVER_ERROR object too large for cache' } as const
    assert.equal(call.receive(error, NO_OPAQUE), false)
    assert.equal(call.receive(missing, NO_OPAQUE), true)
    assert.deepEqual((await result).replies, [error, missing])
  })

  it('a call that failed rejects, and takes its replies', async () => {
    const { call, result } = called(get, get, get)
    call.receive(missing, NO_OPAQUE)
    call.fail(new Error('late'))
    assert.equal(call.isSettled, true)
    assert.equal(call.receive(missing, NO_OPAQUE), false)
    assert.equal(call.receive(missing, NO_OPAQUE), true)
    await assert.rejects(result, { message: 'late' })
  })

  it('a line of another command is an error', () => {
    assert.throws(() => called(get).call.receive({ code: 'line', line: 'MN' }, NO_OPAQUE), {
      name: 'InvalidReplyError',
      message: 'The reply is that of another command: MN',
    })
  })

  it('a reply with the number of another command is an error', () => {
    for (const opaque of [6, 8]) {
      assert.throws(() => called(get, get).call.receive(missing, opaque), {
        name: 'InvalidReplyError',
        message: `The reply is that of another command: O${opaque}`,
      })
    }
  })

  it('a value needs the number of its command, other replies may lack it', () => {
    const value = { code: 'VA', flags: '', cas: 0, value: new Uint8Array() } as const
    assert.throws(() => called(get).call.receive(value, NO_OPAQUE), {
      name: 'InvalidReplyError',
      message: 'The reply has a value, but not the flag O',
    })
    assert.equal(called(get).call.receive(value, 7), true)
    assert.equal(called(get).call.receive(missing, NO_OPAQUE), true)
  })

  it('an ms that the server did not understand is an error of the connection', () => {
    for (const message of ['CLIENT_ERROR bad command line format', 'ERROR']) {
      assert.throws(() => called(set).call.receive({ code: 'error', message }, NO_OPAQUE), {
        name: 'InvalidReplyError',
        message: `The server did not understand an ms: ${message}`,
      })
      assert.equal(called(get).call.receive({ code: 'error', message }, NO_OPAQUE), true)
    }
  })
})
