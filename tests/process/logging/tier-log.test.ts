import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { configureSync, getLogger, type LogRecord } from '@logtape/logtape'
import type { CacheEvent, TierOperation, TierResult } from '../../../src/cache/events.ts'
import { createTierLog } from '../../../src/process/logging/tier-log.ts'

const OUT = 'error The shared tier failed: reads load without it'
const BACK = 'info The shared tier answers again'

let lines: string[] = []
let properties: Record<string, unknown>[] = []
let now = 0

beforeEach(() => {
  lines = []
  properties = []
  now = 0
  const keep = (record: LogRecord) => {
    lines.push(`${record.level} ${record.rawMessage}`)
    properties.push(record.properties)
  }
  configureSync({
    reset: true,
    sinks: { keep },
    loggers: [
      { category: 'hitrate', lowestLevel: 'debug', sinks: ['keep'] },
      { category: ['logtape', 'meta'], lowestLevel: 'fatal', sinks: [] },
    ],
  })
})

/** The log of a tier whose connection was not made yet. */
function openBeforeConnection() {
  return createTierLog(getLogger('hitrate'), 'redis', { connectsInBackground: true, now: () => now })
}

/** The log of a tier whose connection was made. */
function open() {
  const log = openBeforeConnection()
  log.answered()
  return log
}

function event(operation: TierOperation, result: TierResult, error?: unknown): CacheEvent {
  return { type: 'tier', cache: 'hitrate', tier: 'remote', operation, result, error }
}

describe('the log of the shared tier', () => {
  it('has one line for an outage with its reason, and one for its end with its duration', () => {
    const log = open()
    now = 1000
    log.onCacheEvent(event('get', 'error', new Error('connection lost')))
    for (let i = 0; i < 5; i++) log.onCacheEvent(event('get', 'out'))
    log.onCacheEvent(event('ping', 'error', new Error('connection refused')))
    now = 4000
    log.onCacheEvent(event('ping', 'ok'))
    log.onCacheEvent(event('get', 'miss'))
    assert.deepEqual(lines, [OUT, BACK])
    assert.match(String(properties[0]?.error), /^Error: connection lost\n/)
    assert.deepEqual(properties[1], { tier: 'redis', outageMs: 3000 })
  })

  it('has no line while the tier answers, whatever it answers', () => {
    const log = open()
    for (const result of ['hit', 'miss', 'busy', 'refused', 'lost', 'corrupt', 'absent'] as const) {
      log.onCacheEvent(event('get', result))
    }
    assert.deepEqual(lines, [])
  })

  it('has no line for one late answer, and one for a late ping', () => {
    const log = open()
    log.onCacheEvent(event('get', 'timeout'))
    log.onCacheEvent(event('ping', 'ok'))
    assert.deepEqual(lines, [])
    log.onCacheEvent(event('ping', 'timeout'))
    assert.deepEqual(lines, [OUT])
    assert.match(String(properties[0]?.error), /^Error: no answer in time\n/)
  })

  it('has one line for late answers that go on without another answer', () => {
    const log = open()
    for (now = 0; now < 1000; now += 100) log.onCacheEvent(event('get', 'timeout'))
    assert.deepEqual(lines, [])
    log.onCacheEvent(event('get', 'hit'))
    for (now = 1000; now < 2000; now += 100) log.onCacheEvent(event('get', 'timeout'))
    assert.deepEqual(lines, [])
    log.onCacheEvent(event('get', 'timeout'))
    assert.deepEqual(lines, [OUT])
  })

  it('treats an error that says that an answer is late as a late answer', () => {
    const isLate = (error: unknown) => String(error).includes('late')
    const log = createTierLog(getLogger('hitrate'), 'memcached', { isLate, now: () => now })
    log.onCacheEvent(event('get', 'error', new Error('late')))
    log.onCacheEvent(event('ping', 'ok'))
    assert.deepEqual(lines, [])
    log.onCacheEvent(event('ping', 'error', new Error('late')))
    assert.deepEqual(lines, [OUT])
    assert.match(String(properties[0]?.error), /^Error: late\n/)
    log.onCacheEvent(event('get', 'hit'))
    now = 60_000
    log.onCacheEvent(event('get', 'error', new Error('connection refused')))
    assert.deepEqual(lines, [OUT, BACK, OUT])
  })

  it('has no end of an outage for results that a store without its server can have', () => {
    const log = open()
    log.onCacheEvent(event('set', 'error', new Error('connection lost')))
    for (const [operation, result] of [
      ['release', 'ok'],
      ['renew', 'ok'],
      ['set', 'lost'],
      ['set', 'refused'],
      ['get', 'out'],
    ] as const) {
      log.onCacheEvent(event(operation, result))
    }
    assert.deepEqual(lines, [OUT])
    log.onCacheEvent(event('set', 'ok'))
    assert.deepEqual(lines, [OUT, BACK])
  })

  it('has one line for an outage that a health check or the connection notices first', () => {
    const log = open()
    log.checkFailed(new Error('connection refused'))
    log.onCacheEvent(event('get', 'error', new Error('not connected')))
    assert.deepEqual(lines, [OUT])
    log.answered()
    assert.deepEqual(lines, [OUT, BACK])
  })

  it('has no line for operations that fail before the first connection was made', () => {
    const log = openBeforeConnection()
    log.onCacheEvent(event('get', 'error', new Error('not connected')))
    log.checkFailed(new Error('not connected'))
    log.onCacheEvent(event('ping', 'ok'))
    assert.deepEqual(lines, [])
  })

  it('has a line if the first connection fails', () => {
    const log = openBeforeConnection()
    log.onCacheEvent(event('get', 'error', new Error('not connected')))
    log.connectionFailed(new Error('wrong password'))
    assert.deepEqual(lines, [OUT])
    assert.match(String(properties[0]?.error), /wrong password/)
  })

  it('has a line for the first operation that fails of a store that reports no connections', () => {
    const log = createTierLog(getLogger('hitrate'), 'memcached', { now: () => now })
    log.onCacheEvent(event('get', 'error', new Error('connection refused')))
    now = 100
    log.onCacheEvent(event('ping', 'ok'))
    assert.deepEqual(lines, [OUT, BACK])
    assert.deepEqual(properties[1], { tier: 'memcached', outageMs: 100 })
  })

  it('has at most one outage per minute, and does not miss one that goes on', () => {
    const log = open()
    for (now = 0; now < 59_000; now += 1000) {
      log.checkFailed(new Error('flapping'))
      log.answered()
    }
    assert.deepEqual(lines, [OUT, BACK])
    log.checkFailed(new Error('lasting'))
    assert.equal(lines.length, 2)
    now = 61_000
    log.checkFailed(new Error('lasting'))
    assert.deepEqual(lines, [OUT, BACK, OUT])
    now = 62_000
    log.answered()
    assert.equal(properties[3]?.outageMs, 3000)
  })

  it('has no line for the memory tier and for other events', () => {
    const log = open()
    log.onCacheEvent({ type: 'tier', cache: 'hitrate', tier: 'memory', operation: 'set', result: 'error' })
    log.onCacheEvent({ type: 'invalidation', cache: 'hitrate', scope: 'all', count: 1 })
    assert.deepEqual(lines, [])
  })
})
