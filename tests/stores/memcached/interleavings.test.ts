import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Interleaving, type InterleavingOptions } from './interleaving.ts'

const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNS = Number(process.env.HITRATE_MEMCACHED_RUNS ?? 80)

const complete: [servers: string, options: InterleavingOptions][] = [
  ['a server', { loses: false, servers: 1 }],
  ['two servers', { loses: false, servers: 2 }],
  ['a server that is full, evicts items and is restarted', { loses: true, servers: 1 }],
  ['two servers that are full, evict items and are restarted', { loses: true, servers: 2 }],
]

/** What must occur, so that the checks mean something. */
const expected = [
  ...['value', 'stale', 'lease', 'busy', 'absent', 'refused write', 'renewed: true', 'renewed: false'],
  ...['load', 'replacing load', 'write'].flatMap((kind) => [`${kind}: stored`, `${kind}: lost`]),
]

describe(`random interleavings of Memcached commands from seed ${SEED}`, () => {
  for (const [servers, options] of complete) {
    it(`interleavings on ${servers} keep the contract`, { timeout: 600_000 }, async () => {
      const seen = new Set<string>()
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        const interleaving = new Interleaving(seed, options)
        await assert.doesNotReject(interleaving.play(), `seed ${seed}`)
        for (const event of interleaving.seen) seen.add(event)
      }
      if (RUNS < 80) return
      assert.deepEqual(
        expected.filter((event) => !seen.has(event)),
        [],
        'events that did not occur',
      )
    })
  }
})
