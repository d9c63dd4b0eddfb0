import assert from 'node:assert/strict'
import { it } from 'node:test'
import { cacheShare } from '../../../src/process/threads/cache-share.ts'
import { readConfig } from '../../../src/service/startup/config.ts'

it('cacheShare: shares are equal up to one, and add up to the configured limits', () => {
  const env = {
    THREADS: '3',
    CACHE_MAX_BYTES: '10000',
    CACHE_MAX_ENTRIES: '5',
    CACHE_TARGETED_CONTROL: 'max-age=1',
  }
  const config = readConfig(env, { defaultHost: '127.0.0.1' })
  const shares = [0, 1, 2].map((thread) => cacheShare(config, thread))
  assert.deepEqual(
    shares.map(({ maxBytes }) => maxBytes),
    [3334, 3333, 3333],
  )
  assert.deepEqual(
    shares.map(({ maxEntries }) => maxEntries),
    [2, 2, 1],
  )
  assert.deepEqual(
    shares.map(({ targetedControl }) => targetedControl),
    Array(3).fill('max-age=1'),
  )
})

it('cacheShare: no share has a limit that is not configured', () => {
  const config = readConfig({ THREADS: '2' }, { defaultHost: '127.0.0.1' })
  assert.equal(cacheShare(config, 1).maxEntries, undefined)
})
