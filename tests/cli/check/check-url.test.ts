import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { checkUrl } from '../../../src/cli/check/check-url.ts'
import { openCheckParts } from '../../../src/cli/check/open-check-parts.ts'
import { openConnections } from '../../../src/cli/check/open-connections.ts'
import { checkPath, reportsOf } from './check-origin.ts'
import { type Origin, openOrigin } from './origin.ts'

describe('hitrate check', () => {
  let origin: Origin
  before(async () => {
    origin = await openOrigin()
  })
  after(() => origin.close())

  it('explains every kind of response (node tests/cli/check/write-reports.ts writes the expected text)', async () => {
    assert.equal(await reportsOf(origin), readFileSync(join(import.meta.dirname, 'reports.txt'), 'utf8'))
  })

  it('gives facts to programs', async () => {
    const { findings, ...facts } = await checkPath(origin, '/private')
    assert.ok(findings.length > 0)
    assert.deepEqual(facts, {
      url: `${origin.url}/private`,
      stored: false,
      detail: 'private',
      verdict:
        'Not stored: the upstream allows only caches of a single user to store the response (private).',
      response: { status: 200, contentType: null, bytes: 23, durationMs: 0 },
      cacheStatus: ['hitrate; fwd=uri-miss; detail=private', 'hitrate; fwd=uri-miss; detail=private'],
    })
  })

  it('sends the headers of the user', async () => {
    const { detail } = await checkPath(origin, '/stale', { headers: [['authorization', 'Bearer x']] })
    assert.equal(detail, 'authorization')
  })
})

describe('hitrate check with options of the proxy', () => {
  let origin: Origin
  before(async () => {
    origin = await openOrigin()
  })
  after(() => origin.close())

  it('stores a response without a lifetime for --ttl', async () => {
    const { stored, ttlSeconds, findings } = await checkPath(origin, '/nothing', { ttlMs: 60_000 })
    assert.deepEqual({ stored, ttlSeconds }, { stored: true, ttlSeconds: 60 })
    assert.equal(findings.find(({ name }) => name === 'lifetime')?.text, '60 s left, from --ttl 60')
  })

  it('stores a response whose cookie --strip-cookies removes', async () => {
    const { verdict, findings } = await checkPath(origin, '/set-cookie', { stripCookies: true })
    assert.equal(verdict, 'Stored: fresh for 60 s.')
    assert.ok(!findings.some(({ name }) => name === 'client with a cookie'))
  })
})

describe('hitrate check of servers that break rules, fail or take their time', () => {
  const servers: Server[] = []
  const sockets: Socket[] = []
  after(() => {
    for (const server of servers) server.close()
    for (const socket of sockets) socket.destroy()
  })

  async function verdictOf(url: string, timeoutMs = 5000): Promise<string> {
    const options = { url: new URL(url), headers: [], ttlMs: undefined, stripCookies: false, timeoutMs }
    const report = await checkUrl(options, openCheckParts(options, await openConnections()))
    return 'failure' in report ? report.failure : report.verdict
  }

  /** Opens a server that does this with each connection. */
  async function listen(answer: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      sockets.push(socket)
      answer(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('waits for a body in pieces to be stored', async () => {
    const host = await listen((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n1')
        setTimeout(() => socket.end('2'), 50)
      }),
    )
    assert.match(await verdictOf(`http://${host}/`), /^Stored: fresh for (60|59) s\.$/)
  })

  it('does not promise to store a body in pieces that is too large', async () => {
    const host = await listen((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n')
        socket.end(Buffer.alloc(9 * 2 ** 20))
      }),
    )
    assert.equal(
      await verdictOf(`http://${host}/`),
      'Not stored: the body is larger than the largest that is stored.',
    )
  })

  it('names a header that is too large', async () => {
    const host = await listen((socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)),
    )
    assert.match(await verdictOf(`http://${host}/`), /above 16 KiB$|header of the upstream is too large$/)
  })

  it('names a refused connection', async () => {
    const host = await listen(() => {})
    servers.pop()?.close()
    assert.equal(await verdictOf(`http://${host}/`), `Nothing listens at ${host}: the connection was refused`)
  })

  it('names a host without an address', async () => {
    assert.equal(
      await verdictOf('http://nowhere.invalid/'),
      'The host name nowhere.invalid cannot be resolved (DNS)',
    )
  })

  it('names an answer that is not HTTP', async () => {
    const host = await listen((socket) => socket.end('220 mail.example ESMTP\r\n'))
    assert.match(
      await verdictOf(`http://${host}/`),
      /^What 127\.0\.0\.1:\d+ sent is not an HTTP\/1\.1 response \(\w+\)$/,
    )
  })

  it('names a connection that is closed', async () => {
    const host = await listen((socket) => socket.once('data', () => socket.destroy()))
    assert.equal(
      await verdictOf(`http://${host}/`),
      `${host} closed the connection before it had sent a complete response`,
    )
  })

  it('names a server that does not answer', async () => {
    const host = await listen(() => {})
    assert.equal(await verdictOf(`http://${host}/`, 50), `${host} sent no complete response within 0.05 s`)
  })

  it('names a server that does not speak TLS', async () => {
    const host = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    assert.match(
      await verdictOf(`https://${host}/`),
      /^TLS with 127\.0\.0\.1:\d+ failed \(\w+\): does it speak https\?$/,
    )
  })
})
