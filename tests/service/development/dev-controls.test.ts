import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import { createApp } from '../../../src/service/app.ts'
import { DEFAULT_TARGETED_CONTROL } from '../../../src/service/default-targeted-control.ts'
import { DatabaseFaults } from '../../../src/service/development/database-faults.ts'
import { devControls } from '../../../src/service/development/dev-controls.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { keepLog } from '../../support/kept-log.ts'

/** The service with its buttons. Its slow database waits until `wake` is called. */
function open(readToken?: string) {
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test' })
  const cache = createCache({ memory: memoryStore(), onEvent: instruments.onCacheEvent })
  const sleepers: (() => void)[] = []
  const faults = new DatabaseFaults(() => new Promise((resolve) => sleepers.push(resolve)))
  const app = createApp({
    repository: faults.applyTo(inMemoryRepository()),
    cache,
    registry,
    instruments,
    tiers: {},
    version: '1.2.3',
    runtime: 'test',
    uptimeSeconds: () => 0,
    targetedControl: DEFAULT_TARGETED_CONTROL,
    readToken,
  })
  const { log, lines } = keepLog()
  const [slow, broken, crowd] = devControls({
    faults,
    cache,
    log,
    fetch: (request) => app.fetch(request),
    token: readToken,
  })
  assert.ok(slow && broken && crowd)
  /** Ends the waits of this number of operations, once all of them wait. */
  async function wake(operations: number): Promise<void> {
    while (sleepers.length < operations) await new Promise(setImmediate)
    for (const end of sleepers.splice(0)) end()
  }
  return { app, slow, broken, crowd, faults, lines, wake }
}

describe('the buttons of npm run dev', () => {
  it('a crowd for a user that is not stored is one load', async () => {
    const { crowd, faults } = open()
    const expected =
      /^1,000 requests for user_001, which was not stored: 1,000 with 200; the slowest took [\d,]+ ms\. Operations of the database: 1\.$/
    assert.match(await crowd.action(), expected)
    assert.match(await crowd.action(), expected)
    assert.equal(faults.operations, 2)
    assert.equal(crowd.isOn, undefined)
  })

  it('a broken database leaves stale answers, and a 503 for others', async () => {
    const { broken, app } = open()
    assert.equal(broken.isOn?.(), false)
    assert.match(
      await broken.action(),
      /^Each operation of the database fails\. Stored users were made stale, then read: 30 with 200, 30 of them stale; the slowest took \d+ ms\. A user that was not stored: 1 with 503; the slowest took \d+ ms\.$/,
    )
    assert.equal(broken.isOn?.(), true)
    assert.equal((await app.request('/health/ready')).status, 503)
    assert.equal(await broken.action(), 'The database works again.')
    assert.equal(broken.isOn?.(), false)
    assert.equal((await app.request('/health/ready')).status, 200)
    assert.equal((await app.request('/api/user/unstored')).status, 404)
  })

  it('a slow database leaves stale answers at once, and one load for each user in the background', async () => {
    const { slow, faults, wake } = open()
    assert.match(
      await slow.action(),
      /^Each operation of the database takes 2 s longer\. Stored users were made stale, then read: 30 with 200, 30 of them stale; the slowest took \d+ ms\.$/,
    )
    assert.equal(slow.isOn?.(), true)
    await wake(3) // the refreshes
    assert.equal(faults.operations, 6)
    assert.equal(await slow.action(), 'The database is as fast as before.')
    assert.equal(slow.isOn?.(), false)
  })

  it('each button reads with the read token, if there is one', async () => {
    const { crowd } = open('a-token-for-reads')
    assert.match(await crowd.action(), /1,000 with 200;/)
  })

  it('each result is logged', async () => {
    const { crowd, lines } = open()
    const result = await crowd.action()
    assert.deepEqual(lines, [
      {
        level: 'warning',
        message: 'A button of the dashboard was pressed',
        properties: { button: 'Send a crowd of 1,000', result },
      },
    ])
  })
})
