import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { createKnownBlocks } from '../../../src/http/socket/known-blocks.ts'
import { RawConnection, type RawPhase } from '../../../src/http/socket/raw-connection.ts'
import type { ResponseBytes } from '../../../src/http/socket/response-bytes.ts'

/** The socket of a server. It records its calls in order. */
class FakeSocket extends EventEmitter {
  readonly calls: string[] = []
  writableLength = 0
  writableNeedDrain = false

  write(part: string | Uint8Array, encoding = 'utf8'): void {
    this.calls.push(typeof part === 'string' ? `write ${encoding} ${part}` : `write bytes ${[...part]}`)
  }
  cork = () => this.#record('cork')
  uncork = () => this.#record('uncork')
  pause = () => this.#record('pause')
  resume = () => this.#record('resume')
  destroySoon = () => this.#record('destroySoon')
  unshift = (chunk: Buffer) => this.#record(`unshift ${chunk.length}`)

  #record(call: string): void {
    this.calls.push(call)
  }
}

const GET = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n'
const TIMEOUTS = { keepAliveMs: 3000, firstRequestMs: 5000 }

/** A connection whose requests for `/x` are answered with `response`. */
function open(phase: Partial<RawPhase> = {}, response: ResponseBytes = ['head']) {
  const socket = new FakeSocket()
  const handedOver: unknown[] = []
  const connection = new RawConnection(socket as unknown as Socket, {
    knownBlocks: createKnownBlocks(),
    maxRequestBytes: 8192,
    respond: (url) => (url === 'http://a/x' ? response : undefined),
    serveMiss: () => undefined,
    handOver: (given) => {
      handedOver.push(given)
      socket.calls.push('handOver')
    },
    isClosing: () => false,
    tick: () => 0,
    ...phase,
  })
  const receive = (text: string) => socket.emit('data', Buffer.from(text, 'latin1'))
  const listeners = () => socket.eventNames().filter((name) => socket.listenerCount(name) > 0)
  return { socket, connection, receive, handedOver, listeners }
}

describe('RawConnection', () => {
  it('writes a response of one text in one call', () => {
    const { socket, receive } = open()
    receive(GET)
    receive(GET)
    assert.deepEqual(socket.calls, ['write latin1 head', 'write latin1 head'])
  })

  it('writes a head and its body together', () => {
    const { socket, receive } = open({}, ['head', new Uint8Array([1, 2])])
    receive(GET)
    const joined = [...Buffer.from('head'), 1, 2].join()
    const isBun = process.versions.bun !== undefined
    assert.deepEqual(
      socket.calls,
      isBun ? [`write bytes ${joined}`] : ['cork', 'write latin1 head', 'write bytes 1,2', 'uncork'],
    )
  })

  it('hands the socket over with the bytes that are no plain request, and leaves it alone', () => {
    const { socket, connection, receive, handedOver, listeners } = open()
    receive(GET)
    receive('POST')
    assert.deepEqual(socket.calls, ['write latin1 head', 'unshift 4', 'handOver'])
    assert.deepEqual(handedOver, [socket])
    assert.deepEqual(listeners(), [])
    connection.sweep(1000, TIMEOUTS, 1000)
    assert.equal(socket.calls.length, 3)
    assert.equal(connection.isIdle, false)
  })

  it('hands the socket over with a plain request that has no response', () => {
    const { socket, receive } = open({ respond: () => undefined })
    receive(GET)
    assert.deepEqual(socket.calls, [`unshift ${GET.length}`, 'handOver'])
  })

  it('reads no further request until a slow client has read its responses', () => {
    const { socket, receive } = open()
    socket.writableNeedDrain = true
    receive(GET)
    assert.deepEqual(socket.calls, ['write latin1 head', 'pause'])
    socket.emit('drain')
    assert.equal(socket.calls.at(-1), 'resume')
  })

  it('closes the connection after a response while the server is closing', () => {
    const { socket, receive } = open({ isClosing: () => true })
    receive(GET)
    receive(GET)
    assert.deepEqual(socket.calls, ['write latin1 head', 'destroySoon'])
  })

  it('closes the connection after the responses if the client closes its side', () => {
    const { socket, receive } = open()
    receive(GET)
    socket.emit('end')
    assert.deepEqual(socket.calls, ['write latin1 head', 'destroySoon'])
  })

  it('ignores errors of the socket', () => {
    const { socket } = open()
    assert.doesNotThrow(() => socket.emit('error', new Error('reset')))
  })

  it('is idle between a response and the next request only', () => {
    const { socket, connection, receive } = open()
    assert.equal(connection.isIdle, false)
    receive(GET)
    assert.equal(connection.isIdle, true)
    socket.writableLength = 1
    assert.equal(connection.isIdle, false)
  })

  it('is closed when no request has followed a response for the keep-alive timeout', () => {
    let tick = 7
    const { socket, connection, receive } = open({ tick: () => tick })
    receive(GET)
    for (const later of [8, 9, 10]) connection.sweep(later, TIMEOUTS, 1000)
    assert.deepEqual(socket.calls, ['write latin1 head'])
    tick = 10
    receive(GET)
    for (const later of [11, 12, 13]) connection.sweep(later, TIMEOUTS, 1000)
    assert.deepEqual(socket.calls, ['write latin1 head', 'write latin1 head'])
    connection.sweep(14, TIMEOUTS, 1000)
    connection.sweep(15, TIMEOUTS, 1000)
    assert.deepEqual(socket.calls.slice(2), ['destroySoon'])
  })

  it('counts the keep-alive timeout from the end of the response', () => {
    const { socket, connection, receive } = open()
    receive(GET)
    socket.writableLength = 1
    connection.sweep(100, TIMEOUTS, 1000)
    socket.writableLength = 0
    connection.sweep(103, TIMEOUTS, 1000)
    assert.deepEqual(socket.calls, ['write latin1 head'])
    connection.sweep(104, TIMEOUTS, 1000)
    assert.equal(socket.calls.at(-1), 'destroySoon')
  })

  it('is closed with a 408 when no first request has come for its timeout', () => {
    const { socket, connection } = open()
    connection.sweep(5, TIMEOUTS, 1000)
    assert.deepEqual(socket.calls, [])
    connection.sweep(6, TIMEOUTS, 1000)
    assert.deepEqual(socket.calls, [
      'write utf8 HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n',
      'destroySoon',
    ])
  })

  it('is never closed by a timeout of 0', () => {
    const { socket, connection, receive } = open()
    connection.sweep(1e6, { keepAliveMs: 1, firstRequestMs: 0 }, 1000)
    receive(GET)
    connection.sweep(2e6, { keepAliveMs: 0, firstRequestMs: 1 }, 1000)
    assert.deepEqual(socket.calls, ['write latin1 head'])
  })

  describe('with requests that the app serves', () => {
    /** A connection whose misses are served when `finish` is called. */
    function openServing() {
      const served: string[] = []
      let finish: (isReusable?: boolean) => void = () => {}
      const made = open({
        serveMiss(_, url, headers) {
          if (url === 'http://a/odd') return undefined
          served.push(`${url} ${headers.get('host')}`)
          return new Promise((resolve) => {
            finish = (isReusable = true) => resolve(isReusable)
          })
        },
      })
      const settle = async (isReusable?: boolean) => {
        finish(isReusable)
        await Promise.resolve()
        await Promise.resolve()
      }
      return { ...made, served, settle }
    }
    const MISS = GET.replace('/x', '/miss')

    it('serves one request after another', async () => {
      const { socket, receive, served, settle } = openServing()
      receive(MISS)
      await settle()
      receive(MISS)
      await settle()
      receive(GET)
      assert.deepEqual(served, ['http://a/miss a', 'http://a/miss a'])
      assert.deepEqual(socket.calls, ['resume', 'resume', 'write latin1 head'])
    })

    it('holds what arrives meanwhile, and continues with it in order', async () => {
      const { socket, receive, served, settle } = openServing()
      receive(MISS)
      receive(GET)
      assert.deepEqual(socket.calls, ['pause'])
      await settle()
      assert.deepEqual([socket.calls, served.length], [['pause', 'resume', 'write latin1 head'], 1])
    })

    it('hands over what arrives meanwhile and is no plain request', async () => {
      const { socket, receive, settle } = openServing()
      receive(MISS)
      receive('POST')
      receive(' /')
      await settle()
      assert.deepEqual(socket.calls, ['pause', 'pause', 'resume', 'unshift 6', 'handOver'])
    })

    it('hands a request over that the app cannot serve', () => {
      const { socket, receive } = openServing()
      receive(GET.replace('/x', '/odd'))
      assert.equal(socket.calls.at(-1), 'handOver')
    })

    it('is closed after the last response', async () => {
      const { socket, receive, settle } = openServing()
      receive(MISS)
      receive(GET)
      await settle(false)
      assert.deepEqual(socket.calls, ['pause', 'destroySoon'])
    })

    it('is closed after the response if the client has closed its side', async () => {
      const { socket, receive, settle } = openServing()
      receive(MISS)
      socket.emit('end')
      assert.deepEqual(socket.calls, [])
      await settle()
      assert.equal(socket.calls.at(-1), 'destroySoon')
    })

    it('continues when a slow client has read the response', async () => {
      const { socket, receive, settle } = openServing()
      receive(MISS)
      receive(GET)
      socket.emit('drain')
      socket.writableNeedDrain = true
      await settle()
      assert.deepEqual(socket.calls, ['pause', 'pause'])
      socket.writableNeedDrain = false
      socket.emit('drain')
      assert.deepEqual(socket.calls.slice(2), ['resume', 'write latin1 head'])
    })

    it('is neither idle nor closed by a timeout meanwhile', async () => {
      const { socket, connection, receive, settle } = openServing()
      receive(GET)
      receive(MISS)
      connection.sweep(100, TIMEOUTS, 1000)
      assert.deepEqual([connection.isIdle, socket.calls], [false, ['write latin1 head']])
      await settle()
      assert.equal(connection.isIdle, true)
    })
  })
})
