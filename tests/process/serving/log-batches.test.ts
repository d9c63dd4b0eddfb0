import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { logBatches } from '../../../src/process/serving/log-batches.ts'

describe('logBatches()', () => {
  it('flushes at the end of the process, once', () => {
    const events = new EventEmitter()
    let flushes = 0
    logBatches(events as unknown as typeof process).onExit(() => flushes++)
    events.emit('exit')
    events.emit('exit')
    assert.equal(flushes, 1)
  })
})
