import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Logger } from '@logtape/logtape'
import { createAccessLog } from '../../../src/process/logging/access-log.ts'

describe('createAccessLog()', () => {
  it('writes a line in its own category, at its level', () => {
    const lines: unknown[] = []
    const level = (name: string) => (message: string, fields: object) => lines.push([name, message, fields])
    const child = (category: string) => ({
      info: level(`${category} info`),
      debug: level(`${category} debug`),
    })
    const log = { getChild: child } as unknown as Logger
    const request = {
      ...{ method: 'GET', route: '/api/user/:id', path: '/api/user/user_001', status: 200 },
      ...{ durationMs: 1.23456, bytes: 68, client: '192.0.2.1', requestId: 'mine', traceId: 'ab' },
      outcome: 'hit' as const,
    }
    createAccessLog({ log, level: 'info' })(request)
    createAccessLog({ log, level: 'debug' })(request)
    const { outcome: cache, ...others } = request
    const fields = { ...others, durationMs: 1.235, cache }
    assert.deepEqual(lines, [
      ['access info', 'Request answered', fields],
      ['access debug', 'Request answered', fields],
    ])
  })

  it('writes the time of each line', () => {
    const written: string[] = []
    const times = [0, 999, 1000, 1_785_585_600_007, 1_785_585_600_042, 1_785_585_599_999]
    const lines = { writeLater: (line: string) => written.push(line) }
    let time = 0
    const logRequest = createAccessLog({ log: {} as Logger, level: 'debug', lines, now: () => time })
    for (time of times) logRequest({ method: 'GET', route: '/*', path: '/', status: 200, durationMs: 1 })
    const fields = written.map((line) => JSON.parse(line))
    assert.deepEqual(
      fields.map((line) => line['@timestamp']),
      times.map((ms) => new Date(ms).toISOString()),
    )
    assert.equal(fields[0].level, 'DEBUG')
  })
})
