/** Pipelines, connection numbers and the end of a client. The server is a script over a real socket. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ConnectionChangedError } from '../../../../src/stores/memcached/client/connection-changed-error.ts'
import { get, set, textOf } from '../../../support/memcached-commands.ts'
import { ScriptedClient } from '../../../support/scripted-client.ts'

describe('the pipeline of a server', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  it('each call gets the replies of its commands', async () => {
    const peer = await client.connected()
    const calls = [client.get('a'), client.server.run([set('b', 'x\r\ny'), get('c')]), client.get('d')]
    assert.deepEqual(
      [await peer.next(), await peer.next(), await peer.next(), await peer.next()],
      ['mg a O0 v c', 'ms b 4 O1 T300 c x\r\ny', 'mg c O2 v c', 'mg d O3 v c'],
    )
    peer.write('VA 1 O0\r\na\r\nHD O1\r\nEN\r\nVA 6 O3\r\n\r\nEN\r\n\r\n')
    const [a, bc, d] = await Promise.all(calls)
    assert.equal(a, 'a')
    assert.ok(typeof bc === 'object')
    assert.deepEqual(bc.replies.map(textOf), ['HD', 'EN'])
    assert.equal(d, '\r\nEN\r\n')
  })

  it('calls that begin before the connection is open are sent on it', async () => {
    const calls = [client.get('a'), client.get('b')]
    const peer = await client.script.accept()
    assert.deepEqual([await peer.next(), await peer.next()], ['mg a O0 v c', 'mg b O1 v c'])
    peer.write('EN O0\r\nVA 1 O1\r\nb\r\n')
    assert.deepEqual(await Promise.all(calls), ['EN', 'b'])
    assert.equal(client.script.connections, 1)
  })

  it('an error is the reply of one command, and the connection stays', async () => {
    const peer = await client.connected()
    const call = client.server.run([set('a', 'x'), get('b')])
    await peer.next()
    peer.write('SERVER_ERROR object too large for cache\r\nEN\r\n')
    const { replies } = await call
    assert.deepEqual(replies.map(textOf), ['SERVER_ERROR object too large for cache', 'EN'])
    const next = client.get('c')
    peer.write('VA 1 O2\r\nc\r\n')
    assert.equal(await next, 'c')
    assert.equal(client.script.connections, 1)
  })

  it('a call without commands resolves and sends nothing', async () => {
    assert.deepEqual(await client.server.run([]), { replies: [], connection: 0 })
    assert.equal(client.script.connections, 0)
  })

  it('an invalid command rejects its call alone, and nothing of it is sent', async () => {
    const peer = await client.connected()
    const first = client.get('a')
    await assert.rejects(client.server.run([get('b'), get('c d')]), { name: 'TypeError' })
    const last = client.get('e')
    assert.deepEqual([await peer.next(), await peer.next()], ['mg a O0 v c', 'mg e O3 v c'])
    peer.write('EN\r\nEN\r\n')
    assert.deepEqual(await Promise.all([first, last]), ['EN', 'EN'])
  })

  it('the size of the largest item is that of the last connection', async () => {
    assert.equal(client.server.maxItemBytes, 2 ** 20)
    client.script.answers['stats settings'] = 'STAT item_size_max 4096\r\nEND\r\n'
    await client.server.ping()
    assert.equal(client.server.maxItemBytes, 4096)
  })
})

describe('the number of a connection', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  it('a call for the open connection is sent', async () => {
    const peer = await client.connected()
    const { connection } = await client.server.run([])
    const call = client.get('a', { connection })
    peer.write('EN\r\n')
    assert.equal(await call, 'EN')
  })

  it('a call for an earlier connection is rejected and not sent', async () => {
    const peer = await client.connected()
    const { connection } = await client.server.run([])
    peer.close()
    await client.disconnected()
    await assert.rejects(client.get('a', { connection }), (error) => {
      assert.ok(error instanceof ConnectionChangedError)
      assert.equal(error.message, `${client.name}: connection 1 is no longer open`)
      return true
    })
    assert.equal(client.script.connections, 1)
    client.script.isAnswering = true
    await client.server.ping()
    await assert.rejects(client.get('a', { connection }), ConnectionChangedError)
    const next = await client.script.accept()
    const call = client.server.run([get('b')])
    assert.equal(await next.next(), 'mg b O0 v c')
    next.write('EN\r\n')
    assert.equal((await call).connection, 2)
  })
})

describe('the end of a client', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  it('calls that were sent settle, and later calls are rejected', async () => {
    const peer = await client.connected()
    const call = client.get('a')
    assert.equal(await peer.next(), 'mg a O0 v c')
    const closing = client.server.close()
    await assert.rejects(client.get('b'), { message: `${client.name}: the client is closed` })
    peer.write('VA 1 O0\r\na\r\n')
    assert.equal(await call, 'a')
    await closing
    await peer.closed
    assert.equal(client.timers.pending, 0)
    await client.server.close()
  })

  it('a call that waits for a connection is rejected, and the attempt ends', async () => {
    client.script.isAnswering = false
    const call = client.get('a')
    const peer = await client.script.accept()
    await peer.next()
    await client.server.close()
    await assert.rejects(call, { message: `${client.name}: the client is closed` })
    await peer.closed
    assert.equal(client.timers.pending, 0)
  })

  it('a connection that does not answer is not waited for', async () => {
    const peer = await client.connected()
    const late = client.get('a')
    client.timers.advance(500)
    await assert.rejects(late)
    await client.server.close()
    await peer.closed
    assert.equal(client.timers.pending, 0)
  })

  it('a client that never connected is closed at once', async () => {
    await client.server.close()
    await assert.rejects(client.server.ping(), { message: `${client.name}: the client is closed` })
    assert.equal(client.script.connections, 0)
  })
})
