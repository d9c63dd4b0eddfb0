/** The service without the server of its shared tier: it starts, answers and stops as with it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freePort } from '../runtimes/running-service.ts'
import { skipUnless } from '../support/installed.ts'
import type { RunningServer } from './server-process.ts'
import {
  type Cleanup,
  END,
  OUTAGE,
  readUser,
  renameUser,
  runtimes,
  startServiceFor,
  type TierName,
  tierLines,
  until,
  untilTier,
} from './sharing-services.ts'

interface OutageOptions {
  tier: TierName
  program: string
  /** Starts the server, which is killed after the test. */
  start(test: Cleanup, options?: { port?: number }): Promise<RunningServer>
  /** The variables with which the service uses the server on this port. */
  env(port: number): Record<string, string>
}

export function describeOutage({ tier, program, start, env }: OutageOptions): void {
  describe(`an outage of ${program}`, { skip: skipUnless(program), concurrency: 2 }, () => {
    for (const runtime of runtimes) {
      it(`an outage fails no request on ${runtime}, and is logged once, as is its end`, {
        timeout: 60_000,
      }, async (t) => {
        const server = await start(t)
        const service = await startServiceFor(t, runtime, env(server.port))
        await untilTier(service, tier, 'up')
        assert.equal((await readUser(service)).name, 'Alice Johnson')

        await server.end()
        await untilTier(service, tier, 'down')
        for (const name of ['Alice Cooper', 'Alice Springs']) {
          assert.equal(await renameUser(service, name), 200)
          for (let i = 0; i < 5; i++) assert.equal((await readUser(service)).name, name)
        }
        await until(async () => tierLines(service).length === 1)

        await start(t, { port: server.port })
        await untilTier(service, tier, 'up')
        assert.equal((await readUser(service)).name, 'Alice Springs')
        await until(async () => tierLines(service).length === 2)
        assert.equal((await service.end()).code, 0)
        assert.deepEqual(tierLines(service), [OUTAGE, END])
      })

      it(`a server that hangs does not delay a probe on ${runtime}`, { timeout: 60_000 }, async (t) => {
        const server = await start(t)
        const service = await startServiceFor(t, runtime, {
          ...env(server.port),
          CACHE_REMOTE_TIMEOUT_MS: '50',
        })
        process.kill(server.pid, 'SIGSTOP')
        await untilTier(service, tier, 'down')
        assert.equal((await readUser(service)).name, 'Alice Johnson')
        process.kill(server.pid, 'SIGCONT')
        await untilTier(service, tier, 'up')

        process.kill(server.pid, 'SIGSTOP')
        assert.equal((await service.end()).code, 0) // the end does not wait for the server either
      })

      it(`a missing server does not keep the service from starting on ${runtime}`, {
        timeout: 60_000,
      }, async (t) => {
        const port = await freePort()
        const service = await startServiceFor(t, runtime, env(port))
        assert.equal((await readUser(service)).name, 'Alice Johnson')
        await untilTier(service, tier, 'down')
        await start(t, { port })
        await untilTier(service, tier, 'up')
        assert.equal((await service.end()).code, 0)
        assert.deepEqual(tierLines(service), [OUTAGE, END])
      })
    }
  })
}
