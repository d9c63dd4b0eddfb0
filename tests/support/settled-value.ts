import assert from 'node:assert/strict'
import { allSettled, Settling } from '../../src/metrics/kinds/settling.ts'

/** Waits for a `Settling`, and returns its value. */
export async function settledValue(settling: unknown): Promise<unknown> {
  assert.ok(settling instanceof Settling)
  await allSettled([settling], () => () => {})
  assert.ok(settling.outcome && 'value' in settling.outcome)
  return settling.outcome.value
}
