import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { SocketRequest } from '../../../src/http/socket/socket-request.ts'

function requestOn(socket: EventEmitter & { destroyed?: boolean }): SocketRequest {
  return new SocketRequest(socket as unknown as Socket, 'http://a/x', new Headers({ accept: '*/*' }))
}

describe('SocketRequest', () => {
  it('is a GET with the URL and the headers', () => {
    const request = requestOn(new EventEmitter())
    assert.deepEqual(
      [request.method, request.url, request.headers.get('accept'), request.body],
      ['GET', 'http://a/x', '*/*', null],
    )
    assert.ok(request instanceof Request)
  })

  it('has a signal that aborts when the connection is closed', () => {
    const socket = new EventEmitter()
    const { signal } = requestOn(socket)
    assert.equal(signal.aborted, false)
    socket.emit('close')
    assert.deepEqual([signal.aborted, signal.reason.name], [true, 'AbortError'])
  })

  it('has the same signal at each access, and one listener for it', () => {
    const socket = new EventEmitter()
    const request = requestOn(socket)
    assert.equal(socket.listenerCount('close'), 0)
    assert.equal(request.signal, request.signal)
    assert.equal(socket.listenerCount('close'), 1)
    request.detach()
    assert.equal(socket.listenerCount('close'), 0)
    requestOn(socket).detach()
  })

  it('has an aborted signal if the connection is closed already', () => {
    const socket = Object.assign(new EventEmitter(), { destroyed: true })
    assert.equal(requestOn(socket).signal.aborted, true)
  })
})
