import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createBackoff } from '../../../src/process/threads/backoff.ts'

it('createBackoff: no pause after a healthy thread, else a pause that doubles up to ten seconds', () => {
  const pauseMs = createBackoff()
  const pauses = [60_000, 0, 0, 500, 0, 0, 0, 0, 0, 0, 1000, 999, 0].map(pauseMs)
  assert.deepEqual(pauses, [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 0, 100, 200])
})
