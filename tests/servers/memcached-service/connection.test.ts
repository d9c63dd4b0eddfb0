/** The ways to Memcached: a Unix socket, TLS, credentials. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { skipUnless } from '../../support/installed.ts'
import { startServer } from '../server-process.ts'
import { readUser, runtimes, startServiceFor, tierLines, until, untilTier } from '../sharing-services.ts'
import { startMemcachedFor } from './start-memcached-for.ts'

const PASSWORD = 'p@ss:w/o%rd?'
const CREDENTIALS = { MEMCACHED_USERNAME: 'kim', MEMCACHED_PASSWORD: PASSWORD }

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

describe('the connection to Memcached', { skip: skipUnless('memcached'), concurrency: 2 }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-memcached-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const runtime of runtimes) {
    it(`goes through a Unix socket on ${runtime}`, { timeout: 60_000 }, async (t) => {
      const socket = join(folder, `${runtime}.sock`)
      const options = [`--unix-socket=${socket}`, '--user=root'] // as root, Memcached needs a user
      const memcached = await startServer(
        'memcached',
        () => options,
        () => accepts(socket),
      )
      t.after(() => memcached.end())
      const service = await startServiceFor(t, runtime, { MEMCACHED_SERVERS: socket })
      await untilTier(service, 'memcached', 'up')
      assert.match(service.output(), new RegExp(`"sharedTier":"memcached://${socket}"`))
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
      const tls = ['--enable-ssl', '-o', `ssl_chain_cert=${certificate},ssl_key=${key}`, '--user=root']
      const { port } = await startMemcachedFor(t, { options: tls })
      const env = { MEMCACHED_SERVERS: `localhost:${port}`, MEMCACHED_TLS: 'on' }

      const trusting = await startServiceFor(t, runtime, { ...env, NODE_EXTRA_CA_CERTS: certificate })
      await untilTier(trusting, 'memcached', 'up')
      const other = await startServiceFor(t, runtime, env)
      await untilTier(other, 'memcached', 'down')
      await until(async () => tierLines(other).length === 1)
    })

    it(`logs in on ${runtime}, and shows no credentials`, { timeout: 60_000 }, async (t) => {
      const file = join(folder, `${runtime}.users`)
      await writeFile(file, `kim:${PASSWORD}\n`)
      const { port } = await startMemcachedFor(t, { options: ['--auth-file', file, '--user=root'] })
      const env = { MEMCACHED_SERVERS: `127.0.0.1:${port}`, LOG_LEVEL: 'debug' }

      const service = await startServiceFor(t, runtime, { ...env, ...CREDENTIALS })
      await untilTier(service, 'memcached', 'up')
      assert.match(service.output(), new RegExp(`"sharedTier":"memcached://127.0.0.1:${port}"`))

      const refused = await startServiceFor(t, runtime, {
        ...env,
        ...CREDENTIALS,
        MEMCACHED_PASSWORD: 'secret-',
      })
      await untilTier(refused, 'memcached', 'down')
      assert.equal((await readUser(refused)).name, 'Alice Johnson')
      await until(async () => tierLines(refused).length === 1)
      for (const { output } of [await service.end(), await refused.end()]) {
        for (const secret of [PASSWORD, 'secret-', 'kim']) assert.ok(!output.includes(secret), output)
      }
    })
  }
})
