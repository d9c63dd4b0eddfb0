/** System calls for commands with and without values. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Outgoing } from '../../../../src/stores/memcached/client/outgoing.ts'
import { FakeSocket } from '../../../support/fake-socket.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('outgoing commands', () => {
  it('texts are one write', () => {
    const outgoing = new Outgoing()
    const socket = new FakeSocket()
    outgoing.addText('mg a\r\n')
    outgoing.addText('mg b\r\n')
    outgoing.writeTo(socket.asSocket)
    assert.deepEqual(socket.writes, ['mg a\r\nmg b\r\n'])
  })

  it('texts and values are one write, each value with its line break', () => {
    const outgoing = new Outgoing()
    const socket = new FakeSocket()
    outgoing.addText('mg a\r\n')
    outgoing.addText('ms b 2\r\n')
    outgoing.addValue(bytes('bb'))
    outgoing.addText('ms c 0\r\n')
    outgoing.addValue(bytes(''))
    outgoing.addText('mg d\r\n')
    outgoing.writeTo(socket.asSocket)
    assert.deepEqual(socket.writes, ['mg a\r\nms b 2\r\nbb\r\nms c 0\r\n\r\nmg d\r\n'])
  })

  it('a value is not copied', () => {
    const outgoing = new Outgoing()
    const socket = new FakeSocket()
    const value = new Uint8Array(2 ** 20)
    outgoing.addText('ms a 1048576\r\n')
    outgoing.addValue(value)
    outgoing.writeTo(socket.asSocket)
    assert.equal(socket.chunks[1], value)
  })

  it('commands are written once', () => {
    const outgoing = new Outgoing()
    const socket = new FakeSocket()
    outgoing.addText('ms a 1\r\n')
    outgoing.addValue(bytes('a'))
    outgoing.writeTo(socket.asSocket)
    outgoing.addText('mn\r\n')
    outgoing.writeTo(socket.asSocket)
    assert.deepEqual(socket.writes, ['ms a 1\r\na\r\n', 'mn\r\n'])
  })
})
