/** Commands whose replies are lines. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineExchange } from '../../../../src/stores/memcached/client/exchange.ts'
import { Outgoing } from '../../../../src/stores/memcached/client/outgoing.ts'
import { FakeSocket } from '../../../support/fake-socket.ts'

const line = (line: string) => ({ code: 'line', line }) as const

describe('an exchange of lines', () => {
  it('an exchange adds its text', () => {
    const outgoing = new Outgoing()
    new LineExchange('mn\r\n', () => true).addTo(outgoing)
    const socket = new FakeSocket()
    outgoing.writeTo(socket.asSocket)
    assert.deepEqual(socket.writes, ['mn\r\n'])
  })

  it('an exchange resolves to all lines up to the last one', async () => {
    const exchange = new LineExchange('stats\r\n', (line) => line === 'END')
    assert.equal(exchange.receive(line('STAT a 1')), false)
    assert.equal(exchange.isSettled, false)
    assert.equal(exchange.receive(line('END')), true)
    assert.equal(exchange.isSettled, true)
    assert.deepEqual(await exchange.lines, ['STAT a 1', 'END'])
  })

  it('an error is the last line', async () => {
    const exchange = new LineExchange('stats\r\n', (line) => line === 'END')
    assert.equal(exchange.receive({ code: 'error', message: 'ERROR' }), true)
    assert.deepEqual(await exchange.lines, ['ERROR'])
  })

  it('a reply to a meta command is an error', () => {
    const exchange = new LineExchange('mn\r\n', () => true)
    assert.throws(() => exchange.receive({ code: 'HD', flags: '', cas: 0 }), {
      name: 'InvalidReplyError',
      message: 'The reply is that of another command: HD',
    })
  })

  it('an exchange that failed rejects, and takes its reply', async () => {
    const exchange = new LineExchange('mn\r\n', () => true)
    exchange.fail(new Error('late'))
    assert.equal(exchange.isSettled, true)
    assert.equal(exchange.receive(line('MN')), true)
    await assert.rejects(exchange.lines, { message: 'late' })
  })
})
