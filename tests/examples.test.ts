/** The apps of examples/ type-check, and work on Node and on Bun as their comments claim. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { bin, freePort, root } from './runtimes/running-service.ts'
import { startRedis } from './servers/redis-server.ts'
import { skipUnless } from './support/installed.ts'

const run = promisify(execFile)
const RUNTIMES = ['node', 'bun'] as const
type Runtime = (typeof RUNTIMES)[number]

const names = globSync('examples/**/*.ts', { cwd: root }).map((path) => path.slice('examples/'.length))
/** An example is a file, or the file main.ts of a folder. */
const programs = names.filter((name) => !name.includes('/') || name.endsWith('/main.ts'))
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hitrate-examples-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const name of names) {
    const source = await readFile(join(root, 'examples', name), 'utf8')
    await mkdir(join(folder, dirname(name)), { recursive: true })
    await writeFile(join(folder, name), fromSources(source))
  }
})
after(() => rm(folder, { recursive: true, force: true }))

describe('examples/', () => {
  it('has the apps that this file tests', () => {
    assert.deepEqual(programs.sort(), [
      'bun-threads.ts',
      'data-cache.ts',
      'hono-basic.ts',
      'proxy.ts',
      'redis-two-processes.ts',
      'sqlite-warm-restart/main.ts',
      'workers.ts',
    ])
  })

  it('type-checks', async () => {
    await run(bin('tsc'), ['--noEmit', '--project', join(root, 'examples')]).catch(
      ({ stdout }: { stdout: string }) => assert.fail(stdout),
    )
  })

  it('states in each program how to run it', async () => {
    for (const name of programs) {
      const source = await readFile(join(root, 'examples', name), 'utf8')
      assert.match(
        source.split('*/')[0] ?? '',
        new RegExp(`^/\\*\\*[\\s\\S]*npm install hitrate[\\s\\S]*${name}`),
        name,
      )
    }
  })
})

for (const runtime of RUNTIMES) {
  describe(`examples/hono-basic.ts on ${runtime}`, () => {
    it('serves a hit, and the new value after a write', async (t) => {
      const app = await start(runtime, 'hono-basic.ts')
      t.after(() => app.stop())
      assert.deepEqual(await app.get('/rates/eur'), ['{"rate":0.86}', 'hitrate; fwd=uri-miss; ttl=N; stored'])
      assert.deepEqual(await app.get('/rates/eur'), ['{"rate":0.86}', 'hitrate; hit; ttl=N'])
      await app.send('PUT', '/rates/eur', '0.9')
      assert.deepEqual(await app.get('/rates/eur'), ['{"rate":0.9}', 'hitrate; fwd=uri-miss; ttl=N; stored'])
      assert.match((await app.get('/metrics'))[0], /^cache_hits_total 1$/m)
    })
  })

  describe(`examples/bun-threads.ts on ${runtime}`, () => {
    const skip = process.platform === 'linux' ? false : 'threads share a port on Linux only'
    it('serves no old value in any thread after a write', { skip, timeout: 30_000 }, async (t) => {
      const app = await start(runtime, 'bun-threads.ts')
      t.after(() => app.stop())
      assert.deepEqual(
        await pricesByThread(app),
        new Map([
          ['0', '{"price":3}'],
          ['1', '{"price":3}'],
        ]),
      )
      await app.send('PUT', '/price', '5')
      assert.deepEqual(
        await pricesByThread(app),
        new Map([
          ['0', '{"price":5}'],
          ['1', '{"price":5}'],
        ]),
      )
    })
  })

  describe(`examples/data-cache.ts on ${runtime}`, () => {
    it('prints the output at its end', async () => {
      const { stdout } = await run(bin(runtime), [join(folder, 'data-cache.ts')])
      assert.equal(stdout, await outputShownIn('data-cache.ts'))
    })
  })

  describe(`examples/redis-two-processes.ts on ${runtime}`, () => {
    it('prints the output at its end', { skip: skipUnless('redis-server'), timeout: 30_000 }, async (t) => {
      const redis = await startRedis()
      t.after(() => redis.end())
      const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${redis.port}` }
      const { stdout } = await run(bin(runtime), [join(folder, 'redis-two-processes.ts')], { env })
      assert.equal(stdout, await outputShownIn('redis-two-processes.ts'))
    })
  })

  describe(`examples/proxy.ts on ${runtime}`, () => {
    it('serves stored responses while the origin is away, until they are purged', async (t) => {
      const origin = await startOrigin()
      t.after(() => origin.close())
      const app = await start(runtime, 'proxy.ts', {
        ORIGIN: origin.url,
        PURGE_TOKEN: 'secret',
      })
      t.after(() => app.stop())
      const stored = 'hitrate; fwd=uri-miss; ttl=N; stored'
      assert.deepEqual(await app.get('/a?b=1'), ['origin /a?b=1', stored])
      const [sameOrigin] = await app.get('//other.example/x')
      assert.match(sameOrigin, /^origin \/+other\.example\/x$/) // Bun makes one slash of two
      origin.close()
      assert.deepEqual(await app.get('/a?b=1'), ['origin /a?b=1', 'hitrate; hit; ttl=N'])
      const purged = await app.send('POST', '/.purge', '{"urls":["/a?b=1"]}', {
        authorization: 'Bearer secret',
        'content-type': 'application/json',
      })
      assert.match(purged, /"urls":1/)
      const [body, status] = await app.get('/a?b=1')
      assert.match(body, /^The origin does not answer/)
      assert.equal(status, 'hitrate; fwd=uri-miss')
    })
  })

  describe(`examples/workers.ts on ${runtime}`, () => {
    it('answers as a Worker does: through its default export, with an execution context', async () => {
      const program = `
        import worker from './workers.ts'
        const context = { waitUntil() {}, passThroughOnException() {}, props: {} }
        const get = (path) => worker.fetch(new Request('https://example.com' + path), {}, context)
        const lines = []
        for (const path of ['/convert/eur', '/convert/eur', '/convert/xyz']) lines.push(await (await get(path)).text())
        for (const path of ['/page', '/page']) {
          const { headers } = await get(path)
          lines.push(headers.get('cache-status').replace(/ttl=\\d+/, 'ttl=N'))
        }
        process.stdout.write(JSON.stringify(lines))`
      const file = join(folder, `workers-on-${runtime}.js`)
      await writeFile(file, program)
      const { stdout } = await run(bin(runtime), [file])
      assert.deepEqual(JSON.parse(stdout), [
        '{"rate":0.86,"outcome":"miss"}',
        '{"rate":0.86,"outcome":"hit"}',
        '{"error":"Unknown currency"}',
        'hitrate; fwd=uri-miss; ttl=N; stored',
        'hitrate; hit; ttl=N',
      ])
    })
  })
}

describe('examples/sqlite-warm-restart', { concurrency: true }, () => {
  for (const runtime of RUNTIMES) {
    it(`prints the output in its README on ${runtime}: at least 90 % of the hits, and no old price`, {
      timeout: 60_000,
    }, async () => {
      const { stdout } = await run(bin(runtime), [join(folder, 'sqlite-warm-restart/main.ts')])
      const readme = await readFile(join(root, 'examples/sqlite-warm-restart/README.md'), 'utf8')
      assert.equal(stdout, /^```text\n([\s\S]*?)^```$/m.exec(readme)?.[1])
      const hits = [...stdout.matchAll(/(\d+) hits of 500/g)].map(([, count]) => Number(count))
      const [, before = Number.NaN, afterStop = 0, afterKill = 0] = hits
      assert.ok(Math.min(afterStop, afterKill) >= 0.9 * before)
      assert.match(stdout, /^old prices after kill -9: 0$/m)
    })
  }
})

async function outputShownIn(name: string): Promise<string> {
  const source = await readFile(join(root, 'examples', name), 'utf8')
  return /\/\* Output:\n([\s\S]*)\*\//.exec(source)?.[1] ?? ''
}

/** Answers with the path that it was asked for. */
async function startOrigin() {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60', 'content-type': 'text/plain' })
    response.end(`origin ${request.url}`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

class RunningExample {
  readonly #child: ChildProcess
  readonly #url: string

  constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.#url = url
  }

  /** Body and `Cache-Status`, with `ttl=N` for any lifetime. */
  async get(path: string): Promise<[body: string, cacheStatus: string]> {
    const { body, headers } = await this.request(path)
    return [body, String(headers['cache-status']).replace(/ttl=\d+/, 'ttl=N')]
  }

  async send(
    method: string,
    path: string,
    body: string,
    headers: Record<string, string> = {},
  ): Promise<string> {
    const response = await fetch(this.#url + path, { method, body, headers })
    return response.text()
  }

  /** By node:http, which sends the path as it is, on a connection of its own. */
  request(path: string): Promise<{ body: string; headers: IncomingHttpHeaders }> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.#url)
      const request = get({ hostname, port, path, agent: false }, async (response) => {
        let body = ''
        for await (const chunk of response) body += String(chunk)
        resolve({ body, headers: response.headers })
      })
      request.once('error', reject)
    })
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    if (this.#child.exitCode === null && this.#child.kill()) await exited
  }
}

/** Resolves when the example answers. */
async function start(
  runtime: Runtime,
  name: string,
  env: Record<string, string> = {},
): Promise<RunningExample> {
  const port = await freePort()
  const child = spawn(bin(runtime), [join(folder, name)], {
    env: { ...process.env, PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const example = new RunningExample(child, `http://127.0.0.1:${port}`)
  for (let attempt = 0; attempt < 400; attempt++) {
    if (child.exitCode !== null) break
    const answers = await example.request('/an-unknown-path').then(
      () => true,
      () => false,
    )
    if (answers) return example
    await pause(25)
  }
  child.kill()
  throw new Error(`examples/${name} did not answer on ${runtime}`)
}

/** Requests until both threads have answered twice, so that each answers from its own memory. */
async function pricesByThread(app: RunningExample): Promise<Map<string, string>> {
  const seen = new Map<string, string[]>()
  for (let i = 0; i < 500; i++) {
    const { body, headers } = await app.request('/price')
    const thread = String(headers['x-thread'])
    seen.set(thread, [...(seen.get(thread) ?? []), body])
    if (['0', '1'].every((one) => (seen.get(one)?.length ?? 0) >= 2)) break
  }
  for (const [thread, bodies] of seen) assert.equal(new Set(bodies).size, 1, `thread ${thread}: ${bodies}`)
  return new Map([...seen].sort().map(([thread, [body = '']]) => [thread, body]))
}

/** The example with our sources in place of the package. */
function fromSources(source: string): string {
  return source.replace(
    /from 'hitrate(?:\/([\w/-]+))?'/g,
    (_, entry = 'index') => `from '${join(root, 'src/exports', entry)}.ts'`,
  )
}
