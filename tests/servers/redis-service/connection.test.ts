/** The ways to Redis: a Unix socket, TLS, a database; and the client that Node needs. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Redis } from 'ioredis'
import { runToEnd } from '../../runtimes/running-service.ts'
import { skipUnless } from '../../support/installed.ts'
import { readUser, runtimes, startServiceFor, until, untilTier } from '../sharing-services.ts'
import { startRedisFor } from './start-redis-for.ts'

describe('the connection to Redis', { skip: skipUnless('redis-server'), concurrency: 2 }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-redis-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** The databases with keys, of all databases of a server. */
  async function databasesOf(port: number): Promise<string[]> {
    const client = new Redis({ port, password: 'p@ss' })
    const info = await client.info('keyspace')
    client.disconnect()
    return [...info.matchAll(/^db(\d+):/gm)].map(([, database = '']) => database)
  }

  for (const runtime of runtimes) {
    it(`goes through a Unix socket to a database on ${runtime}`, { timeout: 60_000 }, async (t) => {
      const socket = join(folder, `${runtime}.sock`)
      const redis = await startRedisFor(t, {
        options: ['--unixsocket', socket, '--requirepass', 'p@ss', '--dir', folder],
      })
      const url = `unix://:p%40ss@${socket}?db=5`
      const service = await startServiceFor(t, runtime, { REDIS_URL: url })
      await untilTier(service, 'redis', 'up')
      await readUser(service)
      await until(async () => (await databasesOf(redis.port)).length > 0)
      assert.deepEqual(await databasesOf(redis.port), ['5'])
      assert.equal((await service.end()).code, 0)
    })

    it(`uses TLS on ${runtime}, and trusts only known authorities`, {
      timeout: 60_000,
      skip: skipUnless('openssl'),
    }, async (t) => {
      const [key, certificate] = [join(folder, `${runtime}.key`), join(folder, `${runtime}.crt`)]
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
      const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', certificate], {
        stdio: 'ignore',
      })
      const tlsPort = 20_000 + (process.pid % 10_000) + (runtime === 'bun' ? 10_000 : 0)
      const tls = ['--tls-port', `${tlsPort}`, '--tls-cert-file', certificate, '--tls-key-file', key]
      await startRedisFor(t, { options: [...tls, '--tls-auth-clients', 'no'] })
      const REDIS_URL = `rediss://localhost:${tlsPort}`

      const trusting = await startServiceFor(t, runtime, { REDIS_URL, NODE_EXTRA_CA_CERTS: certificate })
      await untilTier(trusting, 'redis', 'up')
      const other = await startServiceFor(t, runtime, { REDIS_URL })
      await until(async () => other.output().includes('The shared tier failed'))
      await untilTier(other, 'redis', 'down')
    })
  }

  it('needs the package ioredis on Node, which the message names', { timeout: 60_000 }, async () => {
    const hook = `
      import { registerHooks } from 'node:module'
      registerHooks({
        resolve(name, context, next) {
          if (name !== 'ioredis') return next(name, context)
          throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
        },
      })`
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`
    for (const THREADS of process.platform === 'linux' ? ['1', '2'] : ['1']) {
      const env = { REDIS_URL: 'redis://:secret@127.0.0.1:1', NODE_OPTIONS, THREADS }
      const { code, output } = await runToEnd('node', {
        ...env,
        DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
      })
      assert.equal(code, 1)
      assert.equal(
        output,
        'hitrate cannot start. Redis needs the package ioredis on Node, which is not installed. ' +
          'To install it: npm install ioredis\n',
      )
    }
  })
})
