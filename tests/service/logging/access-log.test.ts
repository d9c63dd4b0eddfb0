import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Logger } from '@logtape/logtape'
import { createAccessLog } from '../../../src/service/logging/access-log.ts'

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
    createAccessLog(log, 'info')(request)
    createAccessLog(log, 'debug')(request)
    const { outcome: cache, ...others } = request
    const fields = { ...others, durationMs: 1.235, cache }
    assert.deepEqual(lines, [
      ['access info', 'Request answered', fields],
      ['access debug', 'Request answered', fields],
    ])
  })
})
