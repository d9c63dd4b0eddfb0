/** Several processes, and several threads, with one cache. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import type { RunningService } from '../runtimes/running-service.ts'
import { scrapeValues } from '../runtimes/scrape-values.ts'
import { skipUnless } from '../support/installed.ts'
import {
  HIT,
  MISS,
  namesFrom,
  readInList,
  readUser,
  renameUser,
  runtimes,
  type SharedTierOptions,
  startSharing,
  until,
  untilStored,
} from './sharing-services.ts'

interface SharingOptions extends SharedTierOptions {
  /** True if the tier carries messages. */
  hasMessages: boolean
}

export function describeSharing({ tier, program, hasMessages, open }: SharingOptions): void {
  const skip = program === undefined ? false : skipUnless(program)
  describe(`sharing ${tier}`, { skip, concurrency: 2 }, () => {
    for (const runtime of runtimes) {
      it(`two processes of ${runtime} share responses, and a write in one reaches the memory of the other`, {
        timeout: 60_000,
      }, async (t) => {
        const [one, two] = await startSharing(t, runtime, tier, await open(t))
        await untilStored(one, ['user_001'])
        assert.deepEqual(await readUser(two), { name: 'Alice Johnson', cacheStatus: HIT })

        assert.equal(await renameUser(two, 'Alice Cooper'), 200)
        assert.equal((await readUser(two)).name, 'Alice Cooper')
        await until(async () => (await readUser(one)).name === 'Alice Cooper')
        for (const service of [one, two]) assert.equal((await service.end()).code, 0)
      })

      it(`a write in one process of ${runtime} is seen at once by another that has no value in memory`, {
        timeout: 60_000,
      }, async (t) => {
        const [one, two] = await startSharing(t, runtime, tier, await open(t))
        for (const id of ['user_001', 'user_002', 'user_003']) {
          await readUser(one, id)
          await readInList(one, id)
          assert.equal(await renameUser(one, 'New Name', id), 200)
          assert.equal((await readUser(two, id)).name, 'New Name')
          assert.equal(await readInList(two, id), 'New Name')
        }
        for (const service of [one, two]) assert.equal((await service.end()).code, 0)
      })

      it(`a scrape on ${runtime} has the operations and the state of the tier`, {
        timeout: 60_000,
      }, async (t) => {
        const [one, two] = await startSharing(t, runtime, tier, await open(t))
        await until(async () => (await readUser(one)).cacheStatus === MISS)
        const sampleOf = async (name: string, labels = '') => {
          return (await scrapeValues(one.url)).get(`${name}{cache="hitrate"${labels}}`)
        }
        assert.equal(await sampleOf('cache_tier_up', ',tier="remote"'), 1)
        const reads = ',tier="remote",operation="get",result="miss"'
        assert.ok(((await sampleOf('cache_tier_operations_total', reads)) ?? 0) >= 1)
        assert.ok(((await sampleOf('cache_leases_total', ',result="granted"')) ?? 0) >= 1)
        await until(async () => (await sampleOf('cache_bus_up')) === (hasMessages ? 1 : undefined))
        assert.deepEqual(await lintOf(one), [])
        for (const service of [one, two]) assert.equal((await service.end()).code, 0)
      })

      it(`threads of two processes of ${runtime} share responses, and a write reaches all of them`, {
        timeout: 60_000,
        skip: process.platform === 'linux' ? false : 'threads share a port on Linux only',
      }, async (t) => {
        const [one, two] = await startSharing(t, runtime, tier, { ...(await open(t)), THREADS: '2' })
        for (const service of [one, two]) assert.deepEqual(await namesFrom(service), ['Alice Johnson'])

        assert.equal(await renameUser(two, 'Alice Cooper'), 200)
        assert.deepEqual(await namesFrom(two), ['Alice Cooper'])
        await until(async () => (await namesFrom(one)).join() === 'Alice Cooper')
        for (const service of [one, two]) assert.equal((await service.end()).code, 0)
      })
    }
  })
}

/** What promtool reports about a scrape, except the name that the original service gave a metric in microseconds. */
async function lintOf({ url }: RunningService): Promise<string[]> {
  const scrape = await (await fetch(`${url}/metrics`)).text()
  const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: scrape, encoding: 'utf8' })
  const lines = `${stdout ?? ''}${stderr ?? ''}`.split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('cache_avg_latency_us '))
}
