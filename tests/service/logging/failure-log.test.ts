import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { configureSync, getLogger, type LogRecord } from '@logtape/logtape'
import { cached } from '../../../src/http/cached/cached.ts'
import { readConfig } from '../../../src/service/startup/config.ts'
import { openService } from '../../../src/service/startup/open-service.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { RepositoryError, type UserRepository } from '../../../src/service/users/repository.ts'

const PATH = '/api/user/user_001'
/** Stale at once, and answered from the cache all the same. */
const STALE = 'max-age=0, stale-while-revalidate=60'

let lines: { level: string; message: string; properties: Record<string, unknown> }[] = []

beforeEach(() => {
  lines = []
  const keep = ({ level, rawMessage, properties }: LogRecord) => {
    lines.push({ level, message: String(rawMessage), properties })
  }
  configureSync({
    reset: true,
    sinks: { keep },
    loggers: [
      { category: 'hitrate', lowestLevel: 'warning', sinks: ['keep'] },
      { category: ['logtape', 'meta'], lowestLevel: 'fatal', sinks: [] },
    ],
  })
})

/** The service over a repository that can be broken, and a way to ask it that waits for what goes on behind the answer. */
function open() {
  const users = inMemoryRepository()
  const broken: { with?: Error } = {}
  const find: UserRepository['find'] = async (id) => {
    if (broken.with !== undefined) throw broken.with
    return users.find(id)
  }
  const service = openService({
    config: readConfig({ CACHE_TARGETED_CONTROL: STALE }, { defaultHost: '127.0.0.1' }),
    repository: { ...users, find },
    log: getLogger('hitrate'),
    runtime: 'test',
    coalesce: true,
  })
  async function ask(path: string): Promise<Response> {
    const behind: Promise<unknown>[] = []
    const response = await service.fetch(
      new Request(`http://localhost${path}`),
      {},
      { waitUntil: (work) => behind.push(work), passThroughOnException() {}, props: {} },
    )
    await response.text()
    await Promise.all(behind)
    return response
  }
  return { service, broken, ask }
}

function told() {
  return lines.map(({ level, message, properties: { error, ...where } }) => {
    return { level, message, where, error: String(error).split('\n')[0] }
  })
}

describe('what the service logs of a failure', () => {
  it('is one line for a refresh whose handler throws: what was asked, and why it failed', async () => {
    const { broken, ask } = open()
    await ask(PATH)
    broken.with = new RepositoryError('The database is away')
    assert.equal((await ask(PATH)).status, 200)
    assert.deepEqual(told(), [
      {
        level: 'warning',
        message: 'Background refresh failed',
        where: { method: 'GET', path: PATH },
        error: 'RepositoryError: The database is away',
      },
    ])
  })

  it('is one line for each refresh that fails, also with the same error', async () => {
    const { broken, ask } = open()
    await ask(PATH)
    broken.with = new RepositoryError('The database is away')
    await ask(PATH)
    await ask(PATH)
    assert.equal(lines.length, 2)
  })

  it('is one line for a refresh that breaks off after its handler', async () => {
    const { service, ask } = open()
    let asked = 0
    service.app.get('/breaks-off', cached({ cache: service.cache, targetedControl: STALE }), () => {
      if (++asked === 1) return new Response('whole')
      const broken = new ReadableStream({ pull: (body) => body.error(new Error('The source is gone')) })
      return new Response(broken)
    })
    await ask('/breaks-off')
    assert.equal((await ask('/breaks-off')).status, 200)
    assert.deepEqual(told(), [
      {
        level: 'warning',
        message: 'Background refresh failed',
        where: { method: 'GET', route: '/breaks-off' },
        error: 'Error: The source is gone',
      },
    ])
  })

  it('is one line for a request that had to wait', async () => {
    const { broken, ask } = open()
    broken.with = new RepositoryError('The database is away')
    assert.equal((await ask(PATH)).status, 503)
    assert.deepEqual(told(), [
      {
        level: 'error',
        message: 'A handler failed',
        where: { method: 'GET', path: PATH },
        error: 'RepositoryError: The database is away',
      },
    ])
  })

  it('is one line for a part that is out', async () => {
    const repository: UserRepository = {
      ...inMemoryRepository(),
      ping: () => Promise.reject(new RepositoryError('The database is away')),
    }
    const { fetch } = openService({
      config: readConfig({}, { defaultHost: '127.0.0.1' }),
      repository,
      log: getLogger('hitrate'),
      runtime: 'test',
      coalesce: true,
    })
    await fetch(new Request('http://localhost/health/ready'))
    assert.deepEqual(told(), [
      {
        level: 'error',
        message: 'A health check failed',
        where: { part: 'repository' },
        error: 'RepositoryError: The database is away',
      },
    ])
  })
})
