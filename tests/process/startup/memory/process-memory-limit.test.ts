import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { it } from 'node:test'
import { processMemoryLimit } from '../../../../src/process/startup/memory/process-memory-limit.ts'

it('processMemoryLimit returns a number of bytes up to the memory of the machine', () => {
  const limit = processMemoryLimit()
  assert.ok(limit > 2 ** 20 && limit <= totalmem(), `${limit}`)
})
