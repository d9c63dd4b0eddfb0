import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf, send } from '../../runtimes/threads/threaded-service.ts'
import { skipUnless } from '../../support/installed.ts'
import { describePurging } from '../describe-purging.ts'
import { describeSharing } from '../describe-sharing.ts'
import {
  runtimes,
  type SharedTierOptions,
  startSharing,
  tierLines,
  until,
  untilStored,
} from '../sharing-services.ts'
import { startMemcachedFor } from './start-memcached-for.ts'

const options: SharedTierOptions = {
  tier: 'memcached',
  program: 'memcached',
  open: async (test) => ({ MEMCACHED_SERVERS: `127.0.0.1:${(await startMemcachedFor(test)).port}` }),
}

describeSharing({ ...options, hasMessages: false })
describePurging(options)

describe('several servers of Memcached', { skip: skipUnless('memcached'), concurrency: 2 }, () => {
  for (const runtime of runtimes) {
    it(`the end of one of two servers fails no request on ${runtime}, and is logged once, as is its return`, {
      timeout: 60_000,
    }, async (t) => {
      const servers = [await startMemcachedFor(t), await startMemcachedFor(t)]
      const MEMCACHED_SERVERS = servers.map(({ port }) => `127.0.0.1:${port}`).join()
      const [one, two] = await startSharing(t, runtime, 'memcached', { MEMCACHED_SERVERS })
      const ids = Array.from({ length: 30 }, (_, i) => `absent_${i}`)
      await untilStored(one, ids)
      await servers[0]?.end()
      const responses = await Promise.all(ids.map((id) => send(two, `/api/user/${id}`)))
      assert.deepEqual([...new Set(responses.map(({ status }) => status))], [404])
      const isHit = ({ headers }: Response) => headers.get('cache-status')?.startsWith('hitrate; hit')
      const hits = responses.filter(isHit).length
      assert.ok(hits > 0 && hits < ids.length, `${hits} hits`)

      const failed = `127.0.0.1:${servers[0]?.port}`
      const messages = () =>
        linesOf(two.output()).flatMap(({ message, properties }) =>
          properties?.server === failed ? [message] : [],
        )
      const untilMessages = (count: number) =>
        until(async () => {
          await Promise.all(ids.map((id) => send(two, `/api/user/${id}`)))
          return messages().length === count
        })
      await untilMessages(1)
      await startMemcachedFor(t, { port: servers[0]?.port ?? 0 })
      await untilMessages(2)
      assert.deepEqual(messages(), [
        'A server of the shared tier failed: reads of its keys load without it',
        'A server of the shared tier answers again',
      ])
      assert.deepEqual(tierLines(two), [])
      for (const service of [one, two]) assert.equal((await service.end()).code, 0)
    })
  }
})
