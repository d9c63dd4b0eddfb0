import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { getLogger } from '@logtape/logtape'
import { cached } from '../../../src/http/cached/cached.ts'
import { readConfig } from '../../../src/service/startup/config.ts'
import { openService } from '../../../src/service/startup/open-service.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { type CompleteRepository, RepositoryError } from '../../../src/service/users/repository.ts'
import { type KeptLine, keepLog } from '../../support/kept-log.ts'

const PATH = '/api/user/user_001'
/** Responses are stale immediately, and still served while they are refreshed in the background. */
const STALE = 'max-age=0, stale-while-revalidate=60'

let lines: KeptLine[] = []

beforeEach(() => {
  lines = keepLog().lines
})

/** The service over a repository that can fail. `request` also waits for background work. */
function open() {
  const users = inMemoryRepository()
  const failure: { error?: Error } = {}
  const find: CompleteRepository['find'] = async (id) => {
    if (failure.error !== undefined) throw failure.error
    return users.find(id)
  }
  const service = openService({
    config: readConfig({ CACHE_TARGETED_CONTROL: STALE }, { defaultHost: '127.0.0.1' }),
    repository: { ...users, find },
    log: getLogger('hitrate'),
    runtime: 'test',
    coalesce: true,
  })
  async function request(path: string): Promise<Response> {
    const background: Promise<unknown>[] = []
    const response = await service.fetch(
      new Request(`http://localhost${path}`),
      {},
      { waitUntil: (work) => background.push(work), passThroughOnException() {}, props: {} },
    )
    await response.text()
    await Promise.all(background)
    return response
  }
  return { service, failure, request }
}

/** The lines without the ids of requests, which are random. */
function loggedLines() {
  return lines.map(({ level, message, properties: { error, requestId, traceId, ...details } }) => {
    return { level, message, details, error: String(error).split('\n')[0] }
  })
}

describe('the failure log', () => {
  it('has one line for a background refresh whose handler throws, with path and error', async () => {
    const { failure, request } = open()
    await request(PATH)
    failure.error = new RepositoryError('The database is unavailable')
    assert.equal((await request(PATH)).status, 200)
    assert.deepEqual(loggedLines(), [
      {
        level: 'warning',
        message: 'Background refresh failed',
        details: { method: 'GET', path: PATH },
        error: 'RepositoryError: The database is unavailable',
      },
    ])
  })

  it('counts further background refreshes that fail with the same error', async () => {
    const { service, failure, request } = open()
    const paths = [PATH, PATH.replace('001', '002')] // a second refresh of one path would be paused
    for (const path of paths) await request(path)
    failure.error = new RepositoryError('The database is unavailable')
    for (const path of paths) await request(path)
    assert.equal(lines.length, 1)
    service.lines.close()
    assert.deepEqual(lines[1]?.properties.repeats, 1)
  })

  it('has one line and a count for handlers that fail in the same way, whatever their path', async () => {
    const { service, failure, request } = open()
    for (let i = 0; i < 1000; i++) {
      failure.error = new RepositoryError('The database is damaged')
      await request(`/api/user/user_${i}`)
    }
    failure.error = new RepositoryError('The database is locked')
    await request('/api/user/user_locked')
    service.lines.close()
    assert.deepEqual(
      loggedLines().map(({ message, details: { path, repeats }, error }) => [message, path, repeats, error]),
      [
        ['A handler failed', '/api/user/user_0', undefined, 'RepositoryError: The database is damaged'],
        ['A handler failed', '/api/user/user_locked', undefined, 'RepositoryError: The database is locked'],
        ['A handler failed', '/api/user/user_999', 999, 'RepositoryError: The database is damaged'],
      ],
    )
  })

  it('has one line for a background refresh whose body fails', async () => {
    const { service, request } = open()
    let calls = 0
    service.app.get('/failing-body', cached({ cache: service.cache, targetedControl: STALE }), () => {
      if (++calls === 1) return new Response('complete')
      const broken = new ReadableStream({ pull: (body) => body.error(new Error('The source is gone')) })
      return new Response(broken)
    })
    await request('/failing-body')
    assert.equal((await request('/failing-body')).status, 200)
    assert.deepEqual(loggedLines(), [
      {
        level: 'warning',
        message: 'Background refresh failed',
        details: { method: 'GET', route: '/failing-body' },
        error: 'Error: The source is gone',
      },
    ])
  })

  it('has one line for a request whose handler throws', async () => {
    const { failure, request } = open()
    failure.error = new RepositoryError('The database is unavailable')
    assert.equal((await request(PATH)).status, 503)
    assert.deepEqual(loggedLines(), [
      {
        level: 'error',
        message: 'A handler failed',
        details: { method: 'GET', path: PATH },
        error: 'RepositoryError: The database is unavailable',
      },
    ])
  })

  it('has one line for a health check that fails, and one when it succeeds again', async () => {
    let isDown = true
    const error = new RepositoryError('The database is unavailable')
    const repository: CompleteRepository = {
      ...inMemoryRepository(),
      ping: () => (isDown ? Promise.reject(error) : Promise.resolve()),
    }
    const { fetch } = openService({
      config: readConfig({}, { defaultHost: '127.0.0.1' }),
      repository,
      log: getLogger('hitrate'),
      runtime: 'test',
      coalesce: true,
    })
    const probe = () => fetch(new Request('http://localhost/health/ready'))
    for (let i = 0; i < 5; i++) await probe()
    isDown = false
    for (let i = 0; i < 5; i++) await probe()
    assert.deepEqual(loggedLines(), [
      {
        level: 'error',
        message: 'A health check failed',
        details: { part: 'repository' },
        error: 'RepositoryError: The database is unavailable',
      },
      {
        level: 'info',
        message: 'A health check succeeds again',
        details: { part: 'repository' },
        error: 'undefined',
      },
    ])
  })
})

describe('an invalidation that other instances may not have received', () => {
  it('is logged as an error with the operation and the reason', async () => {
    const invalidationBus = { publish: () => Promise.reject(new Error('bus is down')), take() {} }
    const service = openService({
      config: readConfig({}, { defaultHost: '127.0.0.1' }),
      repository: inMemoryRepository(),
      log: getLogger('hitrate'),
      runtime: 'test',
      coalesce: true,
      invalidationBus,
    })
    await service.cache.delete('k')
    assert.deepEqual(
      lines.map(({ level, message, properties }) => [
        level,
        message,
        properties.operation,
        String(properties.error).split('\n')[0],
      ]),
      [
        [
          'error',
          'The invalidation bus failed: other instances may serve invalidated values',
          'publish',
          'Error: bus is down',
        ],
      ],
    )
  })
})
