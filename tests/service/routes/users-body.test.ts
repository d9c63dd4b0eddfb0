/** A request body that ends early is the client's fault: 400, not an error of the service. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { userKey } from '../../../src/service/routes/user-caching.ts'
import { userRoutes } from '../../../src/service/routes/users.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'

it('userRoutes: an incomplete body is refused and changes nothing', async () => {
  const cache = createCache()
  const repository = inMemoryRepository()
  const app = new Hono().route(
    '/api',
    userRoutes({
      repository,
      cachedUser: cached({ cache, keyGenerator: userKey }),
      readUsers: (c) => c.notFound(),
      invalidate: (tags) => cache.invalidateTags(tags),
      now: () => 0,
      openWrites: true,
    }),
  )
  app.onError(() => new Response('server error', { status: 500 }))
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"id":"eve",'))
    },
    pull(controller) {
      controller.error(new Error('aborted'))
    },
  })
  const init = {
    method: 'POST',
    body,
    duplex: 'half' as const,
    headers: { 'content-type': 'application/json' },
  }
  const response = await app.request('/api/user', init)
  assert.equal(response.status, 400)
  assert.deepEqual(((await response.json()) as { errors: unknown }).errors, [
    { field: 'body', message: 'is incomplete' },
  ])
  assert.equal(await repository.count(), 3)
})
