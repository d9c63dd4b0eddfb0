/** Conditional writes over HTTP: the statuses, the fields, and what is changed. */
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import { createApp } from '../../../src/service/app.ts'
import { DEFAULT_TARGETED_CONTROL } from '../../../src/service/default-targeted-control.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import type { UserRepository } from '../../../src/service/users/repository.ts'
import { demoUsers } from '../../../src/service/users/user.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const AT_NOON = 'Sun, 22 Nov 2026 12:00:00 GMT'
const BEFORE = 'Sun, 22 Nov 2026 11:59:59 GMT'
const ALICE = '"wx3T5QJ_VuFT--agyC8vpA"'
const eve = { id: 'eve', name: 'Eve', email: 'eve@example.com' }
const change = { name: '  Alice Cooper ', email: 'cooper@example.com' }

describe('a write of a user', () => {
  let now: number
  let repository: UserRepository
  let app: Hono

  beforeEach(() => {
    now = NOON
    repository = inMemoryRepository(undefined, { now: () => now })
    app = appOf(repository, true)
  })

  function appOf(users: UserRepository, enabled: boolean): Hono {
    const registry = createRegistry()
    return createApp({
      repository: users,
      cache: createCache({ memory: memoryStore(), now: () => now, timer: () => now, enabled }),
      registry,
      instruments: createInstruments({ registry, version: '1.2.3', runtime: 'test' }),
      tiers: {},
      version: '1.2.3',
      runtime: 'test',
      uptimeSeconds: () => 0,
      targetedControl: DEFAULT_TARGETED_CONTROL,
      openWrites: true,
    })
  }

  async function send(method: string, path: string, headers: Record<string, string> = {}, body?: object) {
    const json = { 'content-type': 'application/json' }
    const init = { method, headers: { ...(body && json), ...headers } }
    return app.request(path, body === undefined ? init : { ...init, body: JSON.stringify(body) })
  }
  const put = (headers?: Record<string, string>, id = 'user_001') =>
    send('PUT', `/api/user/${id}`, headers, change)
  const post = (headers?: Record<string, string>, user = eve) => send('POST', '/api/user', headers, user)
  const remove = (headers?: Record<string, string>, id = 'user_001') =>
    send('DELETE', `/api/user/${id}`, headers)

  for (const enabled of [true, false]) {
    it(`has the validators of the next read, ${enabled ? 'with' : 'without'} the cache`, async () => {
      app = appOf(repository, enabled)
      now += 5000
      const made = await post()
      const changed = await put()
      now += 60_000
      for (const [response, status, id] of [
        [made, 201, 'eve'],
        [changed, 200, 'user_001'],
      ] as const) {
        assert.equal(response.status, status)
        assert.equal(response.headers.get('content-location'), `/api/user/${id}`)
        assert.equal(response.headers.get('last-modified'), 'Sun, 22 Nov 2026 12:00:05 GMT')
        const read = await send('GET', `/api/user/${id}`)
        for (const name of ['etag', 'last-modified'])
          assert.equal(response.headers.get(name), read.headers.get(name), name)
        assert.match(read.headers.get('etag') ?? '', /^"[\w-]{22}"$/)
        assert.equal(await response.text(), await read.text())
      }
      assert.equal((await send('GET', '/api/user/user_002')).headers.get('last-modified'), AT_NOON)
    })
  }

  it('has no Last-Modified when the repository has no times', async () => {
    const { find, update } = repository
    const untimed = { ...repository, find: without(find), update: without(update) } as UserRepository
    app = appOf(untimed, true)
    assert.equal((await send('GET', '/api/user/user_001')).headers.get('last-modified'), null)
    const response = await put()
    assert.equal(response.headers.get('last-modified'), null)
    assert.match(response.headers.get('etag') ?? '', /^"/)
  })

  it('in the second of an earlier one is no 304 for a client with the date of that', async () => {
    const path = '/api/user/user_001'
    now += 200
    const first = await send('GET', path)
    now += 500
    await put()
    now += 60_000
    const ifModifiedSince = first.headers.get('last-modified') ?? BEFORE
    assert.equal((await send('GET', path, { 'if-modified-since': ifModifiedSince })).status, 200)
    const second = (await send('GET', path)).headers.get('last-modified') ?? assert.fail()
    assert.equal((await send('GET', path, { 'if-modified-since': second })).status, 304)
  })

  const conditions: [headers: Record<string, string>, ofUser: boolean, ofNone: boolean][] = [
    [{ 'if-match': ALICE }, true, false],
    [{ 'if-match': `"x", ${ALICE}` }, true, false],
    [{ 'if-match': '*' }, true, false],
    [{ 'if-match': '"wrong"' }, false, false],
    [{ 'if-match': `W/${ALICE}` }, false, false],
    [{ 'if-none-match': '*' }, false, true],
    [{ 'if-none-match': `W/${ALICE}` }, false, true],
    [{ 'if-none-match': '"other"' }, true, true],
    [{ 'if-unmodified-since': AT_NOON }, true, true],
    [{ 'if-unmodified-since': BEFORE }, false, true],
    [{ 'if-match': ALICE, 'if-unmodified-since': BEFORE }, true, false],
    [{ 'if-match': ALICE, 'if-none-match': ALICE }, false, false],
    [{ 'if-modified-since': BEFORE, 'if-range': '"x"' }, true, true],
  ]
  for (const [headers, ofUser, ofNone] of conditions) {
    const title = JSON.stringify(headers)
    it(`with ${title} changes a user: ${ofUser}; no user: ${ofNone}`, async () => {
      assert.equal((await put(headers, 'eve')).status, ofNone ? 404 : 412)
      assert.equal((await put(headers)).status, ofUser ? 200 : 412)
      assert.equal((await repository.find('user_001'))?.name, ofUser ? 'Alice Cooper' : 'Alice Johnson')
    })

    it(`with ${title} removes a user: ${ofUser}; no user: ${ofNone}`, async () => {
      assert.equal((await remove(headers, 'eve')).status, ofNone ? 404 : 412)
      assert.equal((await remove(headers)).status, ofUser ? 204 : 412)
      assert.equal(await repository.count(), ofUser ? 2 : 3)
    })

    it(`with ${title} finds an id taken: ${ofUser}; creates: ${ofNone}`, async () => {
      const alice = demoUsers[0] ?? assert.fail()
      assert.equal((await post(headers, alice)).status, ofUser ? 409 : 412)
      assert.equal((await post(headers)).status, ofNone ? 201 : 412)
      assert.equal(await repository.count(), ofNone ? 4 : 3)
    })
  }

  it('that is refused says why, with the validators of the user', async () => {
    const response = await put({ 'if-match': '"wrong"' })
    assert.equal(response.status, 412)
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    assert.equal(response.headers.get('etag'), ALICE)
    assert.equal(response.headers.get('last-modified'), AT_NOON)
    assert.equal(response.headers.get('content-location'), null)
    const { request_id: id, ...document } = (await response.json()) as { request_id?: string }
    assert.match(id ?? '', /^[0-9a-f]{32}$/)
    assert.deepEqual(document, {
      type: 'about:blank',
      title: 'Precondition Failed',
      status: 412,
      detail: 'The user is not as the request expects',
      error: 'The user is not as the request expects',
      errors: [{ field: 'If-Match', message: 'is not the current ETag' }],
    })
    const absent = await put({ 'if-match': '*' }, 'eve')
    assert.equal(absent.headers.get('etag'), null)
  })

  it('that is refused lets the next read see what another process wrote', async () => {
    await send('GET', '/api/user/user_001')
    await repository.update('user_001', { name: 'Other', email: 'other@example.com' })
    const stale = await send('GET', '/api/user/user_001')
    assert.equal(stale.headers.get('etag'), ALICE)
    const refused = await put({ 'if-match': ALICE })
    assert.equal(refused.status, 412)
    const read = await send('GET', '/api/user/user_001')
    assert.equal(read.headers.get('etag'), refused.headers.get('etag'))
    assert.equal((await put({ 'if-match': read.headers.get('etag') ?? '' })).status, 200)
  })

  it('checks the body and the path before the conditions, and malformed conditions before the user', async () => {
    const wrong = { 'if-match': '"wrong"' }
    assert.equal((await send('PUT', '/api/user/user_001', wrong, { name: '' })).status, 400)
    assert.equal((await send('DELETE', '/api/user/a%20b', wrong)).status, 400)
    for (const response of [
      await put({ 'if-match': 'wrong' }),
      await remove({ 'if-match': 'wrong' }),
      await post({ 'if-match': 'wrong' }),
      await put({ 'if-match': 'wrong' }, 'eve'),
    ]) {
      assert.equal(response.status, 400)
      const { errors } = (await response.json()) as { errors: { field: string }[] }
      assert.deepEqual(
        errors.map(({ field }) => field),
        ['If-Match'],
      )
    }
    assert.equal(await repository.count(), 3)
  })

  it('does not mistake conditions for those of a read: a PUT is never a 304', async () => {
    const tag = (await put()).headers.get('etag') ?? ''
    assert.equal((await put({ 'if-none-match': '"x"', 'if-modified-since': AT_NOON })).status, 200)
    assert.equal((await put({ 'if-none-match': tag })).status, 412)
  })
})

/** The same method, whose users have no `modifiedAt`. */
function without<Args extends unknown[]>(method: (...args: Args) => Promise<object | undefined>) {
  return async (...args: Args) => {
    const user = await method(...args)
    return user && { ...user, modifiedAt: undefined }
  }
}
