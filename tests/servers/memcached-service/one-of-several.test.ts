/** The service while one of its servers is out. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf } from '../../runtimes/threads/threaded-service.ts'
import { skipUnless } from '../../support/installed.ts'
import { runtimes, startServiceFor, tierLines, until, untilTier } from '../sharing-services.ts'
import { startMemcachedFor } from './start-memcached-for.ts'

describe('one server of Memcached of several', { skip: skipUnless('memcached'), concurrency: 2 }, () => {
  for (const runtime of runtimes) {
    it(`an outage of one server is logged with its name on ${runtime}, as is its end`, {
      timeout: 60_000,
    }, async (t) => {
      const [one, two] = [await startMemcachedFor(t), await startMemcachedFor(t)]
      const servers = [one, two].map(({ port }) => `127.0.0.1:${port}`)
      const service = await startServiceFor(t, runtime, { MEMCACHED_SERVERS: servers.join() })
      const serverLines = () =>
        linesOf(service.output()).flatMap(({ message, properties: { server } = {} }) =>
          server === undefined ? [] : [`${message}: ${server}`],
        )
      /** Each health check reaches all servers. */
      const untilLines = (count: number) =>
        until(async () => {
          await untilTier(service, 'memcached', 'up')
          return serverLines().length === count
        })

      await untilTier(service, 'memcached', 'up')
      await two.end()
      await untilLines(1)
      await startMemcachedFor(t, { port: two.port })
      await untilLines(2)
      assert.equal((await service.end()).code, 0)
      assert.deepEqual(serverLines(), [
        `A server of the shared tier failed: reads of its keys load without it: ${servers[1]}`,
        `A server of the shared tier answers again: ${servers[1]}`,
      ])
      assert.deepEqual(tierLines(service), [])
    })
  }
})
