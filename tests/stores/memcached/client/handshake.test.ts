/** First commands, with servers that answer as they should and with others. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from '../../../../src/stores/memcached/client/connection.ts'
import { shakeHands } from '../../../../src/stores/memcached/client/handshake.ts'
import { FakeSocket } from '../../../support/fake-socket.ts'
import { VirtualTimers } from '../../../support/virtual-timers.ts'

const credentials = { username: 'ada', password: 'open sesame' }
const version = 'VERSION 1.6.18\r\n'
const settings = 'STAT maxbytes 1\r\nSTAT item_size_max 2097152\r\nEND\r\n'

/** @param answers what the server sends to all commands together */
async function shaken(answers: string, withCredentials = false): Promise<{ size: number; sent: string }> {
  const socket = new FakeSocket()
  const connection = new Connection({
    name: 'cache:11211',
    number: 1,
    socket: socket.asSocket,
    timers: new VirtualTimers(),
  })
  const size = shakeHands(connection, withCredentials ? credentials : undefined)
  await new Promise((resolve) => setImmediate(resolve))
  socket.receive(answers)
  return { size: await size, sent: socket.writes.join('|') }
}

describe('the first commands of a connection', () => {
  it('the version, the meta commands and the settings are read in one round trip', async () => {
    assert.deepEqual(await shaken(`${version}MN\r\n${settings}`), {
      size: 2_097_152,
      sent: 'version\r\nmn\r\nstats settings\r\n',
    })
  })

  it('the credentials come first', async () => {
    const { sent } = await shaken(`STORED\r\n${version}MN\r\n${settings}`, true)
    assert.equal(sent, 'set auth 0 0 15\r\nada open sesame\r\nversion\r\nmn\r\nstats settings\r\n')
  })

  it('the size of an item is 1 MiB if the server does not give its settings', async () => {
    for (const refusal of ['ERROR\r\n', 'CLIENT_ERROR no\r\n', 'END\r\n']) {
      assert.equal((await shaken(`${version}MN\r\n${refusal}`)).size, 2 ** 20)
    }
  })

  it('a version that is none of Memcached is accepted', async () => {
    for (const version of ['VERSION mcrouter 0.41', 'VERSION 1.6', 'VERSION 1.6.10', 'VERSION 2.0.0-rc1']) {
      await shaken(`${version}\r\nMN\r\n${settings}`)
    }
  })

  const failures: [answers: string, message: string, withCredentials?: boolean][] = [
    [`VERSION 1.6.9\r\nMN\r\n${settings}`, 'cache:11211 must have Memcached 1.6.10 or later, it has 1.6.9'],
    [
      `VERSION 1.5.22\r\nERROR\r\n${settings}`,
      'cache:11211 must have Memcached 1.6.10 or later, it has 1.5.22',
    ],
    [
      'ERROR Too many open connections\r\n',
      'cache:11211 answered version with "ERROR Too many open connections"',
    ],
    [
      'CLIENT_ERROR unauthenticated\r\n'.repeat(3),
      'cache:11211 answered version with "CLIENT_ERROR unauthenticated"',
    ],
    [
      `${version}MN\r\nSTAT item_size_max 2097152\r\nSTAT cas_enabled no\r\nEND\r\n`,
      'cache:11211 must run without the option -C, because it numbers no modifications',
    ],
    [`${version}ERROR\r\n${settings}`, 'cache:11211 answered mn with "ERROR"'],
    [`${version}${version}${settings}`, 'cache:11211 answered mn with "VERSION 1.6.18"'],
    [
      'HTTP/1.1 400 Bad Request\r\n',
      'cache:11211: The reply is none of Memcached, it begins with "HTTP/1.1"',
    ],
    [
      'CLIENT_ERROR authentication failure\r\nCLIENT_ERROR unauthenticated\r\n',
      'cache:11211 refused the username and the password',
      true,
    ],
  ]
  for (const [answers, message, withCredentials] of failures) {
    it(`the first commands fail: ${message}`, () =>
      assert.rejects(shaken(answers, withCredentials), { message }))
  }
})
