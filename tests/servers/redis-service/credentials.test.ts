/** The password of Redis: it reaches the server whatever its characters, and appears nowhere else. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort, type ProcessRuntime, runToEnd } from '../../runtimes/running-service.ts'
import { skipUnless } from '../../support/installed.ts'
import { type Cleanup, readUser, runtimes, startServiceFor, until, untilTier } from '../sharing-services.ts'
import { startRedisFor } from './start-redis-for.ts'

const PASSWORD = 'p@ss:w/o%rd?'
const ENCODED = encodeURIComponent(PASSWORD)
const USERS = `user default off\nuser kim on >${PASSWORD} ~* &* +@all\n`

/** Runs a service with an unusable Redis; resolves to everything that it has shown. */
async function shownBy(test: Cleanup, runtime: ProcessRuntime, url: string): Promise<string> {
  const service = await startServiceFor(test, runtime, { REDIS_URL: url, LOG_LEVEL: 'debug' })
  await untilTier(service, 'redis', 'down')
  assert.equal((await readUser(service)).name, 'Alice Johnson')
  await until(async () => service.output().includes('The shared tier failed'))
  const pages = ['/health', '/health/ready', '/metrics'].map(async (path) => {
    const response = await fetch(service.url + path)
    return `${[...response.headers].join('\n')}\n${await response.text()}`
  })
  return [...(await Promise.all(pages)), (await service.end()).output].join('\n')
}

function assertNoSecret(shown: string, ...secrets: string[]): void {
  for (const secret of secrets) assert.ok(!shown.includes(secret), shown)
}

describe('the credentials of Redis', { skip: skipUnless('redis-server'), concurrency: 2 }, () => {
  let folder: string
  let options: string[]
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-redis-'))
    options = ['--aclfile', join(folder, 'users.acl')]
    await writeFile(join(folder, 'users.acl'), USERS)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const runtime of runtimes) {
    it(`log in on ${runtime}, percent-encoded`, { timeout: 60_000 }, async (t) => {
      const redis = await startRedisFor(t, { options })
      const url = `redis://kim:${ENCODED}@127.0.0.1:${redis.port}/3`
      const service = await startServiceFor(t, runtime, { REDIS_URL: url })
      await untilTier(service, 'redis', 'up')
      const { output } = await service.end()
      assert.match(output, new RegExp(`"sharedTier":"redis://127.0.0.1:${redis.port}/3"`))
      assertNoSecret(output, PASSWORD, ENCODED)
    })

    it(`are not shown on ${runtime} if they are wrong`, { timeout: 60_000 }, async (t) => {
      const redis = await startRedisFor(t, { options })
      const shown = await shownBy(t, runtime, `redis://kim:secret-${ENCODED}@127.0.0.1:${redis.port}`)
      assert.match(shown, /WRONGPASS/)
      assertNoSecret(shown, PASSWORD, ENCODED, 'secret-')
    })

    it(`are not shown on ${runtime} if Redis cannot be reached`, { timeout: 60_000 }, async (t) => {
      const port = await freePort()
      const shown = await shownBy(t, runtime, `redis://kim:secret-${ENCODED}@127.0.0.1:${port}`)
      assertNoSecret(shown, PASSWORD, ENCODED, 'secret-')
    })

    it(`are not shown on ${runtime} if the URL is invalid`, { timeout: 60_000 }, async () => {
      for (const url of [
        `redis://kim:secret-/${PASSWORD}@127.0.0.1`,
        'secret-',
        'redis://kim:secret-%@host',
      ]) {
        const { code, output } = await runToEnd(runtime, { REDIS_URL: url })
        assert.equal(code, 1)
        assert.match(output, /^ {2}REDIS_URL: must /m)
        assertNoSecret(output, PASSWORD, 'secret-')
      }
    })
  }
})
