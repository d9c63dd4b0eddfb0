/** A connection over a socket that records its writes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from '../../../../src/stores/memcached/client/connection.ts'
import { LineExchange } from '../../../../src/stores/memcached/client/exchange.ts'
import { FakeSocket } from '../../../support/fake-socket.ts'
import { VirtualTimers } from '../../../support/virtual-timers.ts'

function opened() {
  const socket = new FakeSocket()
  const timers = new VirtualTimers()
  const connection = new Connection({
    name: 'cache:11211',
    number: 3,
    socket: socket.asSocket,
    timers,
  })
  return { socket, timers, connection }
}

/** Sends a command whose reply is one line. */
function send(connection: Connection, text = 'mn\r\n'): LineExchange {
  const exchange = new LineExchange(text, () => true)
  exchange.lines.catch(() => {}) // a test may leave it unanswered
  connection.send(exchange)
  return exchange
}

const written = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a connection', () => {
  it('commands of one tick and of its promise callbacks are one write', async () => {
    const { socket, connection } = opened()
    send(connection, '1\r\n')
    await Promise.resolve()
    send(connection, '2\r\n')
    await Promise.resolve().then(() => send(connection, '3\r\n'))
    await written()
    send(connection, '4\r\n')
    await written()
    assert.deepEqual(socket.writes, ['1\r\n2\r\n3\r\n', '4\r\n'])
  })

  it('replies go to the exchanges in order', async () => {
    const { socket, connection } = opened()
    const first = send(connection)
    const second = send(connection)
    const third = send(connection)
    socket.receive('VERSION 1\r\nVERSION 2\r\nVERS')
    assert.deepEqual(await first.lines, ['VERSION 1'])
    assert.deepEqual(await second.lines, ['VERSION 2'])
    assert.deepEqual(connection.outstanding, [third])
    socket.receive('ION 3\r\n')
    assert.deepEqual(await third.lines, ['VERSION 3'])
    assert.deepEqual(connection.outstanding, [])
  })

  it('the socket keeps the process running only while replies are outstanding', () => {
    const { socket, connection } = opened()
    send(connection)
    assert.equal(socket.isReferenced, true)
    send(connection)
    socket.receive('MN\r\n')
    assert.equal(socket.isReferenced, true)
    socket.receive('MN\r\n')
    assert.equal(socket.isReferenced, false)
    send(connection)
    assert.equal(socket.isReferenced, true)
  })

  it('silence begins when the first outstanding command is written, and again with each received chunk', async () => {
    const { socket, timers, connection } = opened()
    assert.equal(connection.silentSince, Infinity)
    send(connection)
    timers.advance(10)
    assert.equal(connection.silentSince, Infinity)
    await written()
    timers.advance(10)
    send(connection)
    await written()
    assert.equal(connection.silentSince, 10)
    timers.advance(10)
    socket.receive('MN\r\n')
    assert.equal(connection.silentSince, 30)
    socket.receive('MN\r\n')
    assert.equal(connection.silentSince, Infinity)
  })

  const ends: [title: string, end: (socket: FakeSocket) => void, message: string][] = [
    ['an error', (socket) => socket.emit('error', new Error('reset')), 'cache:11211: reset'],
    [
      'an error without a message',
      (socket) => socket.emit('error', Object.assign(new Error(''), { code: 'ECONNREFUSED' })),
      'cache:11211: ECONNREFUSED',
    ],
    ['the end of input', (socket) => socket.emit('end'), 'cache:11211 closed the connection'],
    ['its close', (socket) => socket.emit('close'), 'cache:11211 closed the connection'],
    [
      'bytes that are no reply',
      (socket) => socket.receive('<html>\r\n'),
      'cache:11211: The reply is none of Memcached, it begins with "<html>"',
    ],
    [
      'a reply of another command',
      (socket) => socket.receive('HD\r\n'),
      'cache:11211: The reply is that of another command: HD',
    ],
    [
      'a reply without a command',
      (socket) => socket.receive('MN\r\nMN\r\nMN\r\n'),
      'cache:11211: A reply came without a command',
    ],
  ]
  for (const [title, end, message] of ends) {
    it(`${title} closes the connection and fails what is outstanding`, async () => {
      const { socket, connection } = opened()
      let closes = 0
      connection.whenClosed(() => closes++)
      const exchange = send(connection)
      const later = send(connection)
      end(socket)
      assert.equal(connection.closed?.message, message)
      socket.emit('close')
      assert.equal(connection.closed?.message, message)
      assert.equal(socket.isDestroyed, true)
      assert.equal(closes, 1)
      assert.equal(connection.silentSince, Infinity)
      if (title !== 'a reply without a command') await assert.rejects(exchange.lines, { message })
      if (title !== 'a reply without a command') await assert.rejects(later.lines, { message })
    })
  }

  it('a closed connection writes nothing and ignores what it receives', async () => {
    const { socket, connection } = opened()
    const exchange = send(connection)
    connection.close(new Error('closed'))
    socket.receive('MN\r\n')
    await written()
    assert.deepEqual(socket.writes, [])
    await assert.rejects(exchange.lines, { message: 'closed' })
  })

  it('a connection is idle when the last reply has come, or when it has closed', async () => {
    const { socket, connection } = opened()
    await connection.idle()
    send(connection)
    const answered = connection.idle()
    socket.receive('MN\r\n')
    await answered
    send(connection)
    const closed = connection.idle()
    connection.close(new Error('closed'))
    await closed
  })
})
