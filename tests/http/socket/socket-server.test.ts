import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { after, describe, it, mock } from 'node:test'
import { ResponseFormatter } from '../../../src/http/socket/response-bytes.ts'
import { createSocketServer } from '../../../src/http/socket/socket-server.ts'
import { Message } from '../../../src/http/stored/heads/message.ts'
import { RawClient } from '../../support/raw-client.ts'

const isBun = process.versions.bun !== undefined
const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT'
const HIT = new Message(200, { date: DATE }, [], 'hit')

const servers: NetServer[] = []
const clients: RawClient[] = []
after(() => {
  for (const client of clients) client.close()
  for (const server of servers) server.close()
})

const LARGE = new Message(200, { date: DATE }, [], 'x'.repeat(3_000_000))
const ANSWERS: Record<string, Message> = { 'http://a/hit': HIT, 'http://a/large': LARGE }

/** Answers like the socket, and all other requests with their method, target and body. */
const listener: RequestListener = (request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    response.setHeader('date', DATE)
    const { method, url = '', headers } = request
    const answer = method === 'GET' && headers.range === undefined ? ANSWERS[`http://a${url}`] : undefined
    response.end(answer?.body ?? `${method} ${url} ${body}`)
  })
}

async function portOf(server: NetServer): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return addressOf(server)
}

function addressOf(server: NetServer): number {
  return (server.address() as AddressInfo).port
}

function connected(port: number): RawClient {
  const client = new RawClient(port)
  clients.push(client)
  return client
}

/** A server that answers `/hit` from the socket. `served` has the URLs that were answered so. */
async function socketServer(answers = ANSWERS, options: ServerOptions = {}) {
  const served: string[] = []
  const httpServer = createServer(options, listener)
  const formatter = new ResponseFormatter()
  const state = { isDraining: false }
  const server = createSocketServer({
    httpServer,
    respond(url, connection) {
      const answer = answers[url]
      if (answer === undefined) return undefined
      served.push(url)
      return formatter.bytesOf(answer, connection)
    },
    isDraining: () => state.isDraining,
  })
  return { server, httpServer, served, state, port: await portOf(server) }
}

/** A server whose app responds when `release` is called. `waiting` resolves when it has received a request. */
async function slowServer() {
  const waiting = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const httpServer = createServer((_, response) => {
    waiting.resolve()
    void released.promise.then(() => response.end('done'))
  })
  const server = createSocketServer({ httpServer, respond: () => undefined })
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  return {
    port: await portOf(server),
    waiting: waiting.promise,
    release: released.resolve,
    bytesRead: () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0),
  }
}

const GET = (target: string, ...lines: string[]) =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
const LAST = GET('/last', 'Connection: close')

/** Status lines and bodies of all responses in the text. */
function summaryOf(text: string): string[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3})/)
    .map((response) => `${response.slice(9, 12)} ${response.slice(response.indexOf('\r\n\r\n') + 4)}`)
}

/**
 * Sends each part when the server has received the parts before it, closes this side, and returns all responses.
 *
 * @param server listens already.
 */
async function answersTo(server: NetServer, parts: string[]): Promise<string[]> {
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connected(addressOf(server))
  const [socket] = await accepted
  let sent = 0
  for (const part of parts) {
    await client.send(part)
    sent += part.length
    while (socket.bytesRead < sent && !socket.destroyed) await new Promise((resolve) => setImmediate(resolve))
  }
  client.socket.end()
  return summaryOf(await client.ended())
}

/** The HTTP server alone. On Bun all connections are handed over to it, because Bun parses those that it accepts itself otherwise. */
function plainServer(): NetServer {
  const httpServer = createServer(listener)
  return isBun ? createSocketServer({ httpServer, respond: () => undefined }) : httpServer
}

describe('createSocketServer()', () => {
  it('answers hits, and hands everything else over with all of its bytes', async () => {
    const { port, served } = await socketServer()
    const client = connected(port)
    for (let i = 1; i <= 3; i++) {
      await client.send(GET('/hit'))
      await client.until((text) => text.split('\r\n\r\nhit').length > i)
    }
    assert.deepEqual(served, ['http://a/hit', 'http://a/hit', 'http://a/hit'])
    await client.send('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo')
    await client.send('dy')
    await client.until((text) => text.includes('body'))
    await client.send(GET('/hit') + LAST)
    const text = await client.ended()
    assert.deepEqual(summaryOf(text), [
      '200 hit',
      '200 hit',
      '200 hit',
      '200 POST /x body',
      '200 hit',
      '200 GET /last ',
    ])
    assert.equal(served.length, 3, 'the HTTP server has the connection for good')
  })

  it('writes the headers that node:http writes', { skip: isBun && 'Bun writes other headers' }, async () => {
    const { port } = await socketServer()
    const plain = await portOf(createServer(listener))
    const [ours, theirs] = await Promise.all(
      [port, plain].map(async (one) => {
        const client = connected(one)
        await client.send(GET('/hit'))
        const text = await client.until((received) => received.endsWith('hit'))
        return text.toLowerCase().split('\r\n').sort()
      }),
    )
    assert.deepEqual(ours, theirs)
  })

  describe('gives the same answers as the HTTP server alone to', () => {
    const cases: Record<string, string[]> = {
      'a hit': [GET('/hit')],
      'two hits at once': [GET('/hit') + GET('/hit')],
      'a hit split in its line': ['GET /h', 'it HTTP/1.1\r\nHost: a\r\n\r\n'],
      'a hit split in its last line end': [GET('/hit').slice(0, -1), '\n'],
      'a hit after a split hit': ['GET /hit HTTP/1.1\r\nHo', 'st: a\r\n\r\n', GET('/hit')],
      'one and a half hits': [`${GET('/hit')}GET /hit HT`, 'TP/1.1\r\nHost: a\r\n\r\n'],
      'a hit in single bytes': [...GET('/hit')],
      'HTTP/1.0': ['GET /hit HTTP/1.0\r\nHost: a\r\n\r\n'],
      'HTTP/1.0 with keep-alive': [
        'GET /hit HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n',
        GET('/hit'),
      ],
      HEAD: ['HEAD /hit HTTP/1.1\r\nHost: a\r\n\r\n'],
      'Connection: close': [GET('/hit', 'Connection: close'), GET('/hit')],
      'two hosts': [GET('/hit', 'Host: b')],
      'a body that looks like a request': [
        `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${GET('/hit').length}\r\n\r\n`,
        GET('/hit'),
      ],
      'a hit, and then such a body': [
        GET('/hit'),
        `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${GET('/hit').length}\r\n\r\n`,
        GET('/hit'),
      ],
      'a chunked GET': [GET('/hit', 'Transfer-Encoding: chunked'), '5\r\nhello\r\n0\r\n\r\n', GET('/hit')],
      'a GET with a body': [`${GET('/hit', 'Content-Length: 5')}hello`, GET('/hit')],
      'a space before the colon': [GET('/hit', 'Transfer-Encoding : chunked')],
      'a folded line': [GET('/hit', 'X-A: 1', ' folded')],
      'bare line feeds': ['GET /hit HTTP/1.1\nHost: a\n\n'],
      'a NUL in a value': [GET('/hit', 'X-A: \x00')],
      'the absolute form': [GET('http://a/hit')],
      'an empty line before a hit': [`\r\n${GET('/hit')}`],
      'a hit, an empty line and a hit': [GET('/hit'), '\r\n', GET('/hit')],
      'a hit, a range and a hit': [GET('/hit'), GET('/hit', 'Range: bytes=0-0'), GET('/hit')],
      'a hit, a miss and a hit': [GET('/hit'), GET('/miss'), GET('/hit')],
      'a hit and a part of the next': [GET('/hit'), 'GET /hi'],
      'a fragment': [GET('/hit#x')],
      garbage: ['\x16\x03\x01\x02\x00\x01\x00\x01'],
      'a hit and garbage': [GET('/hit'), '\x00\x01'],
      nothing: [],
    }
    if (!isBun) cases['no host'] = ['GET /hit HTTP/1.1\r\n\r\n'] // Bun's node:http answers it on a connection handed over

    for (const [name, parts] of Object.entries(cases)) {
      it(name, async () => {
        const { server } = await socketServer()
        const plain = plainServer()
        await portOf(plain)
        const [ours, theirs] = await Promise.all([answersTo(server, parts), answersTo(plain, parts)])
        assert.deepEqual(ours, theirs)
      })
    }
  })

  it('sends a large body completely to a client that reads late, and keeps its further requests', async () => {
    const { port, served } = await socketServer()
    const client = connected(port)
    client.socket.pause()
    await client.send(GET('/large'))
    while (served.length === 0) await new Promise((resolve) => setImmediate(resolve))
    for (const target of ['/hit', '/large', '/hit']) await client.send(GET(target))
    await client.send(LAST)
    client.socket.resume()
    const summaries = summaryOf(await client.ended())
    const lengths = summaries.map((summary) => [summary.slice(0, 3), summary.length - 4])
    const [hit, large, last] = [3, 3_000_000, 'GET /last '.length].map((length) => ['200', length])
    assert.deepEqual(lengths, [large, hit, large, hit, last])
  })

  for (const [name, settings] of [
    ['a limit of requests per connection', { maxRequestsPerSocket: 1 }],
    ['a timeout for sockets', { timeout: 60_000 }],
  ] satisfies [string, Partial<Server>][]) {
    it(`hands all connections over if the HTTP server has ${name}`, async () => {
      const { server, served, httpServer } = await socketServer()
      Object.assign(httpServer, settings)
      assert.deepEqual(await answersTo(server, [GET('/hit')]), ['200 hit'])
      assert.deepEqual(served, [])
    })
  }

  it('hands a request over that is larger than the HTTP server allows', {
    skip: isBun && 'Bun ignores maxHeaderSize',
  }, async () => {
    const { server, served } = await socketServer(undefined, { maxHeaderSize: 60 })
    assert.deepEqual(await answersTo(server, [GET('/hit')]), ['200 hit'])
    assert.equal(served.length, 1)
    const [summary] = await answersTo(server, [GET('/hit', `X: ${'x'.repeat(60)}`)])
    assert.equal(summary?.slice(0, 3), '431')
  })

  it('lets the HTTP server apply its timeouts to a connection that was handed over', {
    skip: isBun && 'Bun applies them to its own connections only: see the next two tests',
  }, async () => {
    const { port, httpServer } = await socketServer(undefined, { connectionsCheckingInterval: 20 })
    httpServer.headersTimeout = 50
    const client = connected(port)
    await client.send('GET /hit HTTP/1.1\r\nHos')
    assert.deepEqual(summaryOf(await client.ended()), ['408 '])
  })

  describe('timeouts of a connection that was handed over', {
    skip: !isBun && 'Node applies them itself',
  }, () => {
    it('close it while its request is not complete, but not while a request is served', async () => {
      mock.timers.enable({ apis: ['setInterval'] })
      try {
        const { port, waiting, release, bytesRead } = await slowServer()
        const [partial, served] = [connected(port), connected(port)]
        await partial.send('GET /hit HTTP/1.1\r\nHos')
        await served.send(GET('/slow', 'Range: bytes=0-1'))
        await waiting
        mock.timers.tick(80_000)
        assert.deepEqual(summaryOf(await partial.ended()), ['408 '])
        release()
        await served.until((text) => text.endsWith('done'))
        mock.timers.tick(4000)
        const before = bytesRead()
        await served.send('GET /again HTTP/1.1\r\n') // not idle any more, so the shorter timeout does not apply
        while (bytesRead() === before) await new Promise(setImmediate)
        mock.timers.tick(8000)
        await served.send(LAST.slice(LAST.indexOf('\n') + 1))
        assert.match(await served.ended(), /done.*done$/s)
      } finally {
        mock.timers.reset()
      }
    })

    it('close it when it is idle', async () => {
      mock.timers.enable({ apis: ['setInterval'] })
      try {
        const { port, server } = await socketServer()
        const [first, second] = [connected(port), connected(port)]
        for (const client of [first, second]) {
          await client.send(GET('/other'))
          await client.until((text) => text.includes('GET /other'))
        }
        mock.timers.tick(8000)
        await first.ended()
        await second.ended()
        const third = connected(port)
        await third.send(GET('/other'))
        await third.until((text) => text.includes('GET /other'))
        server.closeIdleConnections()
        await third.ended()
      } finally {
        mock.timers.reset()
      }
    })
  })

  it('closes connections that are silent for too long', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      const { server, port } = await socketServer()
      const silent = connected(port)
      await once(server, 'connection')
      const answered = connected(port)
      await answered.send(GET('/hit'))
      await answered.until((text) => text.endsWith('hit'))
      mock.timers.tick(8000)
      assert.match(await answered.ended(), /hit$/)
      assert.equal(silent.hasEnded, false)
      mock.timers.tick(80_000)
      assert.equal(await silent.ended(), 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    } finally {
      mock.timers.reset()
    }
  })

  describe('close()', () => {
    it('closes idle connections, and resolves when the last connection has ended', async () => {
      const { server, httpServer, port } = await socketServer()
      httpServer.keepAliveTimeout = 0 // so that no timeout closes them
      const client = connected(port)
      await client.send(GET('/hit'))
      await client.until((text) => text.endsWith('hit'))
      const closed = once(server, 'close')
      server.close()
      await client.ended()
      client.close()
      await closed
    })

    it('answers a connection that has sent no request yet, and then closes it', async () => {
      const { server, port } = await socketServer()
      const client = connected(port)
      await once(server, 'connection')
      const closed = once(server, 'close')
      server.close()
      await client.send(GET('/hit'))
      const text = await client.ended()
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n.*\r\nConnection: close\r\n.*hit$/s)
      client.close()
      await closed
    })
  })

  it('closes the HTTP server too, when the last connection has ended', async () => {
    const { server, httpServer } = await socketServer()
    const closed = isBun ? once(server, 'close') : once(httpServer, 'close') // on Bun it has no such event unless it listens
    server.close()
    await closed
  })

  it('passes hits to the HTTP server while it is draining', async () => {
    const { httpServer, served, state, port } = await socketServer()
    httpServer.prependListener('request', (_, response) => response.setHeader('connection', 'close'))
    const client = connected(port)
    await client.send(GET('/hit'))
    await client.until((text) => text.endsWith('hit'))
    assert.deepEqual(served, ['http://a/hit'])
    state.isDraining = true
    await client.send(GET('/hit'))
    assert.match(await client.ended(), /keep-alive.*\r\nConnection: close\r\n.*hit$/is)
    assert.deepEqual(served, ['http://a/hit'])
  })

  it('closes connections of both kinds by closeAllConnections()', async () => {
    const { server, port } = await socketServer()
    const [silent, answered, handedOver] = [connected(port), connected(port), connected(port)]
    await answered.send(GET('/hit'))
    await answered.until((text) => text.endsWith('hit'))
    await handedOver.send(GET('/other'))
    await handedOver.until((text) => text.includes('GET /other'))
    server.closeAllConnections()
    await Promise.all([silent, answered, handedOver].map((client) => client.ended()))
  })

  it('counts connections that were handed over', async () => {
    const { server, port } = await socketServer()
    const [one, other] = [connected(port), connected(port)]
    await one.send(GET('/hit'))
    await one.until((text) => text.endsWith('hit'))
    await other.send(GET('/other'))
    await other.until((text) => text.includes('GET /other'))
    const count = await new Promise((resolve) =>
      server.getConnections((_, connections) => resolve(connections)),
    )
    assert.equal(count, 2)
  })
})
