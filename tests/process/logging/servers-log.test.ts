import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { configureSync, getLogger, type LogRecord } from '@logtape/logtape'
import { createServersLog } from '../../../src/process/logging/servers-log.ts'

const OUT = 'A server of the shared tier failed: reads of its keys load without it'
const BACK = 'A server of the shared tier answers again'

let records: LogRecord[] = []
let now = 0

beforeEach(() => {
  records = []
  now = 0
  configureSync({
    reset: true,
    sinks: { keep: (record) => void records.push(record) },
    loggers: [
      { category: 'hitrate', lowestLevel: 'debug', sinks: ['keep'] },
      { category: ['logtape', 'meta'], lowestLevel: 'fatal', sinks: [] },
    ],
  })
})

const isLate = (error: unknown) => String(error).includes('late')
const open = () => createServersLog(getLogger('hitrate'), 'memcached', { isLate, now: () => now })
const lines = () => records.map(({ rawMessage, properties }) => [rawMessage, properties.server])

describe('the log of a shared tier of several servers', () => {
  it('has one line for the outage of each server, and one for its end with its duration', () => {
    const log = open()
    for (now = 0; now < 5000; now += 1000) log.onServer('a:11211', new Error('connection refused'))
    log.onServer('b:11211', new Error('connection refused'))
    log.onServer('a:11211', undefined)
    assert.deepEqual(lines(), [
      [OUT, 'a:11211'],
      [OUT, 'b:11211'],
      [BACK, 'a:11211'],
    ])
    assert.match(String(records[0]?.properties.error), /^Error: connection refused\n/)
    assert.deepEqual(records[2]?.properties, { tier: 'memcached', server: 'a:11211', outageMs: 5000 })
  })

  it('has no end of an outage while other servers answer', () => {
    const log = open()
    log.onServer('a:11211', new Error('connection refused'))
    for (now = 0; now < 60_000; now += 1000) {
      log.answered()
      const event = { type: 'tier', cache: 'hitrate', tier: 'remote', operation: 'get' } as const
      log.onCacheEvent({ ...event, result: 'hit' })
      log.onCacheEvent({ ...event, result: 'error', error: new Error('connection refused') })
      log.checkFailed(new Error('connection refused'))
    }
    assert.deepEqual(lines(), [[OUT, 'a:11211']])
  })

  it('has no line for a late answer, and one for answers that stay late for a second', () => {
    const log = open()
    log.onServer('a:11211', new Error('late'))
    log.onServer('a:11211', undefined)
    for (now = 1000; now < 2000; now += 100) log.onServer('a:11211', new Error('late'))
    assert.deepEqual(lines(), [])
    log.onServer('a:11211', new Error('late'))
    assert.deepEqual(lines(), [[OUT, 'a:11211']])
  })
})
