/** Limits of calls and of silence, in virtual time. The server is a script over a real socket. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ScriptedClient } from '../../../support/scripted-client.ts'

describe('the limit of a call', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  it('a late call fails alone, and its reply does not become that of another call', async () => {
    const peer = await client.connected()
    const late = client.get('late', { timeoutMs: 100 })
    const patient = client.get('patient')
    client.timers.advance(100)
    await assert.rejects(late, client.noAnswer('did not answer in time'))
    assert.deepEqual([await peer.next(), await peer.next()], ['mg late O0 v c', 'mg patient O1 v c'])
    assert.equal(await peer.next(), 'mn')
    peer.write('VA 4 O0\r\nlate\r\nVA 7 O1\r\npatient\r\nMN\r\n')
    assert.equal(await patient, 'patient')
    await client.recovered()
    const next = client.get('next')
    assert.equal(await peer.next(), 'mg next O2 v c')
    peer.write('VA 4 O2\r\nnext\r\n')
    assert.equal(await next, 'next')
  })

  it('a call that waits for the connection has the same limit', async () => {
    client.script.isAnswering = false
    const call = client.get('a', { timeoutMs: 50 })
    await client.script.accept()
    client.timers.advance(50)
    await assert.rejects(call, client.noAnswer('did not answer in time'))
  })

  it('a late call is not sent on a connection that opens after it', async () => {
    client.script.isAnswering = false
    const late = client.get('late', { timeoutMs: 50 })
    const patient = client.get('patient')
    const peer = await client.script.accept()
    assert.equal(await peer.next(), 'version')
    client.timers.advance(50)
    await assert.rejects(late)
    peer.write(`${client.script.answers.version}MN\r\n${client.script.answers['stats settings']}`)
    assert.deepEqual([await peer.next(), await peer.next()], ['mn', 'stats settings'])
    assert.equal(await peer.next(), 'mg patient O1 v c')
    peer.write('EN\r\n')
    assert.equal(await patient, 'EN')
  })

  it('a call in time leaves one timer at most, however many calls there were', async () => {
    const peer = await client.connected()
    for (let i = 0; i < 5; i++) {
      const call = client.get('a')
      peer.write('EN\r\n')
      await call
    }
    assert.equal(client.timers.pending, 1)
    client.timers.advance(1000)
    assert.equal(client.timers.pending, 0)
  })
})

describe('a server that did not answer', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  it('after a late call, calls fail at once until a probe is answered', async () => {
    const peer = await client.connected()
    const late = client.get('late', { timeoutMs: 100 })
    client.timers.advance(100)
    await assert.rejects(late)
    await assert.rejects(client.get('a'), client.noAnswer('does not answer'))
    await assert.rejects(client.server.ping(), client.noAnswer('does not answer'))
    assert.deepEqual([await peer.next(), await peer.next()], ['mg late O0 v c', 'mn'])
    peer.write('EN\r\n')
    await assert.rejects(client.get('a'), client.noAnswer('does not answer'))
    peer.write('MN\r\n')
    await client.recovered()
    const next = client.get('a')
    assert.equal(await peer.next(), 'mg a O3 v c') // and no call that failed
    peer.write('EN\r\n')
    assert.equal(await next, 'EN')
  })

  it('one probe at a time is outstanding', async () => {
    const peer = await client.connected()
    const late = client.get('late', { timeoutMs: 100 })
    client.timers.advance(100)
    await assert.rejects(late)
    client.timers.advance(500)
    assert.deepEqual([await peer.next(), await peer.next()], ['mg late O0 v c', 'mn'])
    peer.write('EN\r\nMN\r\n')
    await client.recovered()
    const next = client.get('a')
    assert.equal(await peer.next(), 'mg a O1 v c')
    peer.write('EN\r\n')
    await next
  })

  it('a server that accepts no connection in time gets probes in the background', async () => {
    client.script.isAnswering = false
    const call = client.get('a')
    await client.script.accept()
    client.timers.advance(400)
    await assert.rejects(call, client.noAnswer('accepted no connection within 400 ms'))
    await assert.rejects(client.get('a'), client.noAnswer('does not answer'))
    const probed = await client.script.accept()
    client.timers.advance(400)
    await probed.closed
    client.script.isAnswering = true
    client.timers.advance(100) // two intervals after the first probe
    await client.script.accept()
    await client.recovered()
    assert.equal(client.script.connections, 3)
  })
})

describe('the limit of silence', { timeout: 20_000 }, () => {
  let client: ScriptedClient
  beforeEach(async () => {
    client = await ScriptedClient.open()
  })
  afterEach(() => client.end())

  it('a connection that sends nothing is closed, and everything in flight fails', async () => {
    const peer = await client.connected()
    client.timers.advance(10_000)
    const calls = [client.get('a', { timeoutMs: 5000 }), client.get('b', { timeoutMs: 5000 })]
    const failures = Promise.allSettled(calls)
    assert.deepEqual([await peer.next(), await peer.next()], ['mg a O0 v c', 'mg b O1 v c'])
    client.timers.advance(1000)
    await assert.rejects(client.get('c'), client.noAnswer('does not answer'))
    for (const result of await failures) {
      assert.ok(result.status === 'rejected')
      client.noAnswer('sent nothing for 1000 ms')(result.reason)
    }
    await peer.closed
  })

  it('a connection is closed for silence also when all its calls have failed before', async () => {
    const peer = await client.connected()
    const late = client.get('a', { timeoutMs: 100 })
    await peer.next()
    client.timers.advance(100)
    await assert.rejects(late)
    client.timers.advance(900)
    await peer.closed
  })

  it('after silence a probe opens another connection', async () => {
    const peer = await client.connected()
    const late = client.get('a')
    await peer.next()
    client.timers.advance(500)
    await assert.rejects(late)
    client.timers.advance(500)
    await peer.closed
    client.script.isAnswering = true
    client.timers.advance(250)
    await client.script.accept()
    await client.recovered()
    assert.equal((await client.server.run([])).connection, 2)
  })

  it('the time before commands are written is not silence', async () => {
    const peer = await client.connected()
    client.timers.advance(10_000)
    const call = client.get('a', { timeoutMs: 5000 })
    client.timers.advance(1000) // as a process that is busy before it can write
    assert.equal(await peer.next(), 'mg a O0 v c')
    peer.write('EN\r\n')
    assert.equal(await call, 'EN')
  })

  it('a connection without outstanding replies is never silent', async () => {
    const peer = await client.connected()
    client.timers.advance(3_600_000)
    const call = client.get('a')
    peer.write('EN\r\n')
    assert.equal(await call, 'EN')
    assert.equal(client.script.connections, 1)
  })
})
