/** Connections that break, bytes that are no reply, and attempts that fail. The server is a script over a real socket. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { set } from '../../../support/memcached-commands.ts'
import { ScriptedClient } from '../../../support/scripted-client.ts'
import type { ScriptedPeer } from '../../../support/scripted-memcached.ts'

describe('a server with a fault', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  const faults: [title: string, fault: (peer: ScriptedPeer) => void, message: RegExp][] = [
    ['closes the connection', (peer) => peer.end(), /closed the connection|ECONNRESET/],
    [
      'closes the connection within a value',
      (peer) => {
        peer.write('VA 10 O0\r\nabc')
        peer.end()
      },
      /closed the connection|ECONNRESET/,
    ],
    [
      'closes the connection within a line',
      (peer) => {
        peer.write('VA 1')
        peer.end()
      },
      /closed the connection|ECONNRESET/,
    ],
    [
      'sends an HTML page',
      (peer) => peer.write('HTTP/1.1 400 Bad Request\r\n\r\n<html></html>'),
      /none of Memcached, it begins with "HTTP\/1\.1"/,
    ],
    ['sends a value of another length', (peer) => peer.write('VA 1 O0\r\nabc\r\n'), /no line break/],
    ['answers another command', (peer) => peer.write('MN\r\n'), /that of another command: MN/],
    ['leaves out a reply', (peer) => peer.write('VA 1 O1\r\nb\r\n'), /that of another command: O1/],
    [
      'leaves out a reply that has no value',
      (peer) => peer.write('EN O1\r\n'),
      /that of another command: O1/,
    ],
    ['sends a value without its number', (peer) => peer.write('VA 1\r\na\r\n'), /not the flag O/],
  ]
  for (const [title, fault, message] of faults) {
    it(`a server that ${title} fails what is in flight, and the next call connects again`, async () => {
      const peer = await client.connected()
      const failures = Promise.allSettled([client.get('a'), client.get('b')])
      await peer.next()
      fault(peer)
      for (const result of await failures) {
        assert.ok(result.status === 'rejected')
        assert.match(String(result.reason), message)
        assert.ok(String(result.reason).includes(client.name))
      }
      await peer.closed
      client.script.isAnswering = true
      const call = client.get('c')
      const next = await client.script.accept()
      assert.equal(await next.next(), 'mg c O2 v c')
      next.write('VA 1 O2\r\nc\r\n')
      assert.equal(await call, 'c')
    })
  }

  it('replies before a fault are those of their calls', async () => {
    const peer = await client.connected()
    const first = client.get('a')
    const second = assert.rejects(client.get('b'))
    await peer.next()
    peer.write('VA 1 O0\r\na\r\n<html>\r\n')
    assert.equal(await first, 'a')
    await second
  })

  it('an ms that the server did not understand closes the connection', async () => {
    const peer = await client.connected()
    const failures = Promise.allSettled([client.server.run([set('a', 'mg b v c')]), client.get('c')])
    await peer.next()
    peer.write('CLIENT_ERROR bad command line format\r\n')
    for (const result of await failures) {
      assert.ok(result.status === 'rejected')
      assert.match(String(result.reason), /did not understand an ms: CLIENT_ERROR bad command line format/)
    }
    await peer.closed
  })

  it('a reply without a command closes the connection', async () => {
    const peer = await client.connected()
    peer.write('VA 1\r\na\r\n')
    await peer.closed
    await client.disconnected()
  })
})

describe('the pause after a failed attempt', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  /** The answer of a server that has too many connections. */
  const refusal = 'ERROR Too many open connections\r\n'

  it('calls fail at once during the pause, which grows from 100 to 250 ms', async () => {
    client.script.answers.version = refusal
    for (const [attempt, pauseMs] of [100, 200, 250, 250].entries()) {
      await assert.rejects(client.get('a'), {
        message: `${client.name} answered version with ${JSON.stringify(refusal.trim())}`,
      })
      assert.equal(client.script.connections, attempt + 1)
      client.timers.advance(pauseMs - 1)
      await assert.rejects(client.get('a'), /answered version with/)
      assert.equal(client.script.connections, attempt + 1)
      client.timers.advance(1)
    }
  })

  it('a connection that opens ends the series of pauses', async () => {
    const { version = '' } = client.script.answers
    client.script.answers.version = refusal
    await assert.rejects(client.get('a'))
    client.timers.advance(100)
    await assert.rejects(client.get('a'))
    client.timers.advance(200)
    client.script.answers.version = version
    await client.server.ping()
    for (let i = 0; i < 3; i++) (await client.script.accept()).close()
    await client.disconnected()
    client.script.answers.version = refusal
    await assert.rejects(client.get('a'))
    client.timers.advance(100)
    client.script.answers.version = version
    await client.server.ping()
  })

  it('all calls that wait for an attempt fail with it', async () => {
    client.script.answers.version = refusal
    const results = await Promise.allSettled([client.get('a'), client.get('b'), client.server.ping()])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    )
    assert.equal(client.script.connections, 1)
  })
})
