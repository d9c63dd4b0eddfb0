/** Purges of a cache that processes share. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { send } from '../runtimes/threads/threaded-service.ts'
import { skipUnless } from '../support/installed.ts'
import { NOTHING } from '../support/test-purge.ts'
import {
  HIT,
  MISS,
  readUser,
  runtimes,
  type SharedTierOptions,
  startSharing,
  until,
} from './sharing-services.ts'

export function describePurging({ tier, program, open }: SharedTierOptions): void {
  const skip = program === undefined ? false : skipUnless(program)
  describe(`purging ${tier}`, { skip, concurrency: 2 }, () => {
    for (const runtime of runtimes) {
      it(`a purge counts and removes in one process of ${runtime} the responses of another`, {
        timeout: 60_000,
      }, async (t) => {
        const [one, two] = await startSharing(t, runtime, tier, {
          ...(await open(t)),
          ADMIN_TOKEN: 'a-token-for-purges',
        })
        const purge = async (body: object) => {
          const headers = { authorization: 'Bearer a-token-for-purges', 'content-type': 'application/json' }
          const init = { method: 'POST', headers, body: JSON.stringify(body) }
          return (await send(two, '/admin/purge', init)).json()
        }
        const urls = ['/api/user/user_001']
        assert.deepEqual(await purge({ urls }), { ...NOTHING, unmatched: urls })
        for (const [body, done] of [
          [{ urls }, { urls: 1 }],
          [{ prefixes: ['/api/user/'] }, { prefixes: 1 }],
          [
            { prefixes: ['/'], tags: ['users'] },
            { prefixes: 1, tags: 1 },
          ],
        ] as const) {
          await until(async () => (await readUser(one)).cacheStatus === MISS)
          await until(async () => (await readUser(two)).cacheStatus === HIT)
          assert.deepEqual(await purge(body), { ...NOTHING, ...done })
        }
        await until(async () => (await readUser(one)).cacheStatus === MISS)
        await until(async () => (await readUser(two)).cacheStatus === HIT)
        assert.deepEqual(await purge({ urls, soft: true }), { ...NOTHING, urls: 1 })
        assert.equal((await readUser(two)).cacheStatus, 'hitrate; hit; ttl=-N')
        for (const service of [one, two]) assert.equal((await service.end()).code, 0)
      })
    }
  })
}
