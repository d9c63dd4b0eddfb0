/** Connections to real servers: plain, by Unix socket, with TLS and with credentials; and to servers that fail. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { parseServers } from '../../../../src/stores/memcached/client/addressing/server-address.ts'
import { LineExchange } from '../../../../src/stores/memcached/client/exchange.ts'
import { NoAnswerError } from '../../../../src/stores/memcached/client/no-answer-error.ts'
import {
  type ConnectOptions,
  openConnection,
} from '../../../../src/stores/memcached/client/open-connection.ts'
import { runtimeTimers } from '../../../../src/stores/memcached/client/timing/timers.ts'
import { freePort } from '../../../runtimes/running-service.ts'
import { startMemcached } from '../../../servers/memcached-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { type Certificate, makeCertificate } from '../../../support/certificate.ts'
import { skipUnless } from '../../../support/installed.ts'
import { ScriptedMemcached } from '../../../support/scripted-memcached.ts'
import { VirtualTimers } from '../../../support/virtual-timers.ts'

const { signal } = new AbortController()

function open(server: string, options: Partial<ConnectOptions> = {}, abort: AbortSignal = signal) {
  const [address] = parseServers(server)
  assert.ok(address)
  return openConnection(1, { address, connectTimeoutMs: 10_000, timers: runtimeTimers, ...options }, abort)
}

/** Opens a connection, sends one command on it, and closes it. Returns the largest size of an item. */
async function used(server: string, options: Partial<ConnectOptions> = {}): Promise<number> {
  const { connection, maxItemBytes } = await open(server, options)
  const ping = new LineExchange('mn\r\n', () => true)
  connection.send(ping)
  assert.deepEqual(await ping.lines, ['MN'])
  connection.close(new Error('the test is over'))
  return maxItemBytes
}

describe('a connection to Memcached', { skip: skipUnless('memcached'), timeout: 30_000 }, () => {
  let server: RunningServer
  before(async () => {
    server = await startMemcached({ options: ['--max-item-size=2m'] })
  })
  after(() => server.end())

  it('the size of the largest item is that of the server', async () => {
    assert.equal(await used(`127.0.0.1:${server.port}`), 2 * 2 ** 20)
  })

  it('a host name with several addresses is connected', async () => {
    await used(`localhost:${server.port}`)
  })

  it('a Unix socket is connected', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memcached-'))
    const gateway = createServer((socket) => {
      const target = connect(server.port, '127.0.0.1')
      socket.pipe(target).pipe(socket)
    })
    gateway.listen(join(folder, 'memcached.sock'))
    await once(gateway, 'listening')
    try {
      await used(join(folder, 'memcached.sock'))
    } finally {
      gateway.close()
      rmSync(folder, { recursive: true })
    }
  })

  describe('with credentials', () => {
    let folder: string
    let closed: RunningServer
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'memcached-'))
      chmodSync(folder, 0o755) // the server reads it as another user
      writeFileSync(join(folder, 'users'), 'ada:sesame\n')
      closed = await startMemcached({ options: [`--auth-file=${join(folder, 'users')}`] })
    })
    after(async () => {
      await closed.end()
      rmSync(folder, { recursive: true })
    })

    it('the right credentials open a connection', async () => {
      const credentials = { username: 'ada', password: 'sesame' }
      await used(`127.0.0.1:${closed.port}`, { credentials })
    })

    it('wrong credentials are refused, and are no part of the message', async () => {
      const credentials = { username: 'ada', password: 'treasure' }
      const name = `127.0.0.1:${closed.port}`
      await assert.rejects(open(name, { credentials }), {
        message: `${name} refused the username and the password`,
      })
    })

    it('a connection without credentials is refused', async () => {
      const name = `127.0.0.1:${closed.port}`
      await assert.rejects(open(name), {
        message: `${name} answered version with "CLIENT_ERROR unauthenticated"`,
      })
    })
  })

  it('a server without CAS numbers is refused', async () => {
    const server = await startMemcached({ options: ['--disable-cas'] })
    const name = `127.0.0.1:${server.port}`
    try {
      await assert.rejects(open(name), {
        message: `${name} must run without the option -C, because it numbers no modifications`,
      })
    } finally {
      await server.end()
    }
  })

  describe('with TLS', { skip: skipUnless('openssl') }, () => {
    let certificate: Certificate
    let encrypted: RunningServer
    before(async () => {
      certificate = makeCertificate()
      const { certFile, keyFile } = certificate
      const files = `--extended=ssl_chain_cert=${certFile},ssl_key=${keyFile}`
      encrypted = await startMemcached({ options: ['--enable-ssl', files] })
    })
    after(async () => {
      await encrypted.end()
      certificate.remove()
    })

    it('a server with a trusted certificate is connected', async () => {
      await used(`localhost:${encrypted.port}`, { tls: { ca: certificate.cert } })
    })

    it('an address in place of a name needs the name of the certificate', async () => {
      const name = `127.0.0.1:${encrypted.port}`
      await assert.rejects(open(name, { tls: { ca: certificate.cert } }), /127\.0\.0\.1/)
      await used(name, { tls: { ca: certificate.cert, servername: 'localhost' } })
    })

    it('the name of the server goes with the first message of TLS', async () => {
      const { cert } = certificate
      const names: unknown[] = []
      const gateway = createTlsServer({ cert, key: readFileSync(certificate.keyFile) }, (socket) => {
        names.push(socket.servername)
        socket.destroy()
      })
      gateway.listen(0)
      await once(gateway, 'listening')
      const address = gateway.address()
      assert.ok(typeof address === 'object' && address !== null)
      await assert.rejects(open(`localhost:${address.port}`, { tls: { ca: cert } }))
      await assert.rejects(open(`127.0.0.1:${address.port}`, { tls: { rejectUnauthorized: false } }))
      gateway.close()
      assert.deepEqual(names, ['localhost', false])
    })

    it('an unknown certificate is refused unless the check is off', async () => {
      await assert.rejects(open(`localhost:${encrypted.port}`, { tls: {} }), /self.signed certificate/i)
      await used(`localhost:${encrypted.port}`, { tls: { rejectUnauthorized: false } })
    })

    it('a server without TLS is refused', async () => {
      await assert.rejects(open(`localhost:${server.port}`, { tls: {} }))
    })
  })
})

describe('a connection that cannot be made', { timeout: 20_000 }, () => {
  let server: ScriptedMemcached
  beforeEach(async () => {
    server = await ScriptedMemcached.start()
  })
  afterEach(() => server.end())

  it('a refused connection rejects with the reason', async () => {
    const name = `127.0.0.1:${await freePort()}`
    await assert.rejects(open(name), ({ message }) => message.startsWith(`${name}: `))
  })

  it('a missing Unix socket rejects with the reason', async () => {
    await assert.rejects(open('/nowhere/memcached.sock'), ({ message }) =>
      message.startsWith('/nowhere/memcached.sock: '),
    )
  })

  it('a server that does not answer the first commands is given up in time', async () => {
    server.isAnswering = false
    const timers = new VirtualTimers()
    const opening = open(`127.0.0.1:${server.port}`, { timers, connectTimeoutMs: 300 })
    const peer = await server.accept()
    assert.equal(await peer.next(), 'version')
    timers.advance(300)
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof NoAnswerError)
      assert.equal(error.message, `127.0.0.1:${server.port} accepted no connection within 300 ms`)
      return true
    })
    await peer.closed
  })

  it('a connection that is open has no timer', async () => {
    const timers = new VirtualTimers()
    const { connection } = await open(`127.0.0.1:${server.port}`, { timers })
    assert.equal(timers.pending, 0)
    connection.close(new Error('the test is over'))
  })

  it('an aborted attempt rejects with the reason and closes its socket', async () => {
    server.isAnswering = false
    const abort = new AbortController()
    const opening = open(`127.0.0.1:${server.port}`, {}, abort.signal)
    const peer = await server.accept()
    await peer.next()
    abort.abort(new Error('the client is closed'))
    await assert.rejects(opening, { message: 'the client is closed' })
    await peer.closed
    await assert.rejects(open(`127.0.0.1:${server.port}`, {}, abort.signal), {
      message: 'the client is closed',
    })
    assert.equal(server.connections, 1)
  })

  it('a connection without meta commands is closed', async () => {
    server.answers.mn = 'ERROR\r\n'
    const opening = open(`127.0.0.1:${server.port}`)
    const peer = await server.accept()
    await assert.rejects(opening, { message: `127.0.0.1:${server.port} answered mn with "ERROR"` })
    await peer.closed
  })

  it('a server that closes the connection, or sends something else, is given up', async () => {
    server.answers.version = 'HTTP/1.1 400 Bad Request\r\n\r\n'
    const name = `127.0.0.1:${server.port}`
    await assert.rejects(open(name), { message: /The reply is none of Memcached/ })
    server.isAnswering = false
    const opening = open(name)
    await server.accept()
    const peer = await server.accept()
    await peer.next()
    peer.end()
    await assert.rejects(opening, { message: `${name} closed the connection` })
  })
})
