import assert from 'node:assert/strict'
import { createServer, type ServerOptions } from 'node:http'
import { describe, it } from 'node:test'
import {
  connectionLines,
  maxRequestBytesOf,
  mustServeAll,
  timeoutsOf,
} from '../../../src/http/socket/server-settings.ts'

const server = (settings: object = {}, options: ServerOptions = {}) =>
  Object.assign(createServer(options), settings)

describe('timeoutsOf()', () => {
  it('returns the defaults of node:http', () => {
    assert.deepEqual(timeoutsOf(server()), { keepAliveMs: 6000, firstRequestMs: 60_000 })
  })

  it('returns 0 for a timeout that is switched off', () => {
    const settings = { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }
    assert.deepEqual(timeoutsOf(server(settings)), { keepAliveMs: 0, firstRequestMs: 0 })
  })

  it('takes the shorter one of headersTimeout and requestTimeout', () => {
    assert.equal(timeoutsOf(server({ headersTimeout: 30, requestTimeout: 20 })).firstRequestMs, 20)
    assert.equal(timeoutsOf(server({ headersTimeout: 0, requestTimeout: 20 })).firstRequestMs, 20)
  })
})

describe('mustServeAll()', () => {
  it('is true for settings that only the HTTP server can apply', () => {
    assert.equal(mustServeAll(server()), false)
    assert.equal(mustServeAll(server({ maxRequestsPerSocket: 1 })), true)
    assert.equal(mustServeAll(server({ timeout: 1 })), true)
  })
})

describe('maxRequestBytesOf()', () => {
  it('is 8 KiB, or less if the server allows less', () => {
    assert.equal(maxRequestBytesOf(server()), 8192)
    assert.equal(maxRequestBytesOf(server({}, { maxHeaderSize: 100 })), 100)
    assert.equal(maxRequestBytesOf(server({}, { maxHeaderSize: 100_000 })), 8192)
  })
})

describe('connectionLines()', () => {
  it('returns the lines that node:http adds', () => {
    assert.equal(connectionLines(server(), false), 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n')
    assert.equal(
      connectionLines(server({ keepAliveTimeout: 1999 }), false),
      'Connection: keep-alive\r\nKeep-Alive: timeout=1\r\n',
    )
    assert.equal(connectionLines(server({ keepAliveTimeout: 0 }), false), 'Connection: keep-alive\r\n')
    assert.equal(connectionLines(server(), true), 'Connection: close\r\n')
  })
})
