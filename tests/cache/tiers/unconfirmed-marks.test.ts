/** Invalidations that the remote tier could not store: they are written later, in bounded memory. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { processesWithRemote } from './processes-with-remote.ts'

describe('invalidations during an outage of the remote tier', () => {
  it('an invalidation during an outage is written to the remote tier after it', async () => {
    const { process, read, database, remote, clock } = processesWithRemote()
    const [one, two] = [process(), process()]
    await read(one)
    clock.now += 5000
    database.value = 2
    remote.mode = 'down'
    await one.invalidateTags(['row'])
    remote.mode = 'up'
    await read(one, 'another key')
    assert.deepEqual(await read(two), [2, 'miss', undefined])
  })

  it('invalidations during an outage call the remote tier rarely, and are all written after it', async () => {
    const { process, read, remote, clock, events } = processesWithRemote()
    const [one, two] = [process(), process()]
    for (let i = 0; i < 50; i++) await read(one, `key ${i}`)
    clock.now += 5000
    remote.mode = 'down'
    events.length = 0
    for (let i = 0; i < 500; i++) await one.delete(`key ${i}`)
    const operations = events.filter(
      (event) => event.type === 'tier' && event.operation === 'invalidate',
    ).length
    assert.ok(operations < 1000, `${operations} operations for 500 invalidations`)
    remote.mode = 'up'
    clock.now += 60_000
    await one.delete('key 500')
    remote.operations.length = 0
    for (let i = 0; i < 50; i++) assert.equal((await read(two, `key ${i}`))[1], 'miss')
  })

  it('an invalidation of everything is written to the remote tier after too many tags during an outage', async () => {
    const clock = { now: 1_800_000_000_000 }
    let isDown = false
    const remote = fakeRemoteStore({
      before(operation) {
        if (isDown && operation === 'set') throw new Error('no connection')
      },
    })
    const process = () => createCache({ remote, now: () => clock.now })
    const one = process()
    await one.write('tagged', 1, { tags: ['tagged'], ttlMs: 1e9 })
    await one.write('other', 1, { tags: ['other'], ttlMs: 1e9 })
    clock.now += 5000
    isDown = true
    await one.invalidateTags(['tagged', ...Array.from({ length: 10_001 }, (_, n) => `${n}`)])
    isDown = false
    clock.now += 60_000
    const before = remote.entries.size
    await one.invalidateTags(['last'])
    assert.ok(remote.entries.size - before <= 2, `${remote.entries.size - before} marks for ten thousand`)
    for (const key of ['tagged', 'other']) {
      assert.equal((await process().read(key, () => 2)).value, 2, key)
    }
  })
})
