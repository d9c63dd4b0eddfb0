/**
 * Times each eviction of a policy on its own, with many entries. Prints microseconds: the median, 99.9 % and the longest, for a
 * policy that has learnt nothing yet and so does it all the time.
 *
 *     node bench/eviction/cost/policy-steps.ts <entries>
 */

import process from 'node:process'
import { createDensity } from '../../../src/stores/memory/eviction/density/density.ts'
import { keyHash } from '../../../src/stores/memory/eviction/density/key-hash.ts'
import { now } from '../../take-turns.ts'

const [entries = '1000000'] = process.argv.slice(2)
const count = Number(entries)
const policy = createDensity({ boundedByBytes: true })
for (let slot = 0; slot < count; slot++) policy.add(slot, keyHash(`key:${slot}`), 1000)

const steps = new Float64Array(500_000)
for (let i = 0; i < steps.length; i++) {
  const key = `new:${i}`
  const startedAt = now()
  policy.miss()
  const slot = policy.victim()
  policy.remove(slot, 'evicted')
  policy.add(slot, keyHash(key), 1000)
  steps[i] = (now() - startedAt) * 1000
}
steps.sort()
const at = (share: number) => steps[Math.floor(share * (steps.length - 1))]
process.stdout.write(JSON.stringify({ median: at(0.5), usual: at(0.999), rare: at(0.9999), longest: at(1) }))
