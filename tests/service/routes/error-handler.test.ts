import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { errorHandler, type FailedRequest } from '../../../src/service/routes/error-handler.ts'
import { RepositoryError } from '../../../src/service/users/repository.ts'

/** The response to a request whose handler throws the error, and the reported errors. */
async function thrown(error: Error) {
  const reports: [error: unknown, request: FailedRequest][] = []
  const app = new Hono()
  app.use(async (c, next) => {
    c.header('x-outer', '1')
    await next()
  })
  app.get('/users/:id', () => {
    throw error
  })
  app.onError(errorHandler((...report) => void reports.push(report)))
  const response = await app.request('/users/1')
  const body = (await response.json()) as Record<string, unknown>
  return { response, body, reports }
}

const request = { method: 'GET', path: '/users/1', ids: {}, isInBackground: false }

describe('errorHandler', () => {
  it('an unexpected error is a 500 without its message, and is reported', async () => {
    const error = new Error('secret')
    const { response, body, reports } = await thrown(error)
    assert.deepEqual([response.status, body.detail], [500, 'Internal server error'])
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(JSON.stringify(body).includes('secret'), false)
    assert.deepEqual(reports, [[error, request]])
  })

  it('an error of the repository is a 503 with Retry-After, and is reported', async () => {
    const error = new RepositoryError('secret')
    const { response, body, reports } = await thrown(error)
    assert.deepEqual([response.status, body.detail], [503, 'The user database is unavailable'])
    assert.equal(response.headers.get('retry-after'), '1')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.deepEqual(reports, [[error, request]])
  })

  it('an HTTPException below 500 is the client’s fault: its message is shown and not reported', async () => {
    const { response, body, reports } = await thrown(new HTTPException(400, { message: 'Malformed JSON' }))
    assert.deepEqual([response.status, body.detail], [400, 'Malformed JSON'])
    assert.deepEqual(body.errors, [{ field: 'body', message: 'Malformed JSON' }])
    assert.deepEqual(reports, [])
  })

  it('an HTTPException of 500 and above is reported without its message', async () => {
    const { body, reports } = await thrown(new HTTPException(502, { message: 'secret' }))
    assert.equal(body.detail, 'Internal server error')
    assert.equal(reports.length, 1)
  })

  it('headers that middleware set stay on the error response', async () => {
    const { response } = await thrown(new Error('broken'))
    assert.equal(response.headers.get('x-outer'), '1')
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
  })
})
