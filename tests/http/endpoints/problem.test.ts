import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { problem, problemIn, problemOf } from '../../../src/http/endpoints/problem.ts'

describe('a problem', () => {
  it('says what its document says, unless it is a copy', () => {
    const errors = [{ field: 'id', message: 'is taken' }]
    const response = problem(409, 'Taken', { errors })
    assert.deepEqual(problemIn(response), { detail: 'Taken', errors })
    assert.deepEqual(problemIn(problem(404, 'Not there')), { detail: 'Not there', errors: undefined })
    assert.equal(problemIn(response.clone()), undefined)
  })

  it('has the members of RFC 9457, and `error`', async () => {
    const response = problem(404, 'User not found')
    assert.equal(response.status, 404)
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    assert.deepEqual(await response.json(), {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'User not found',
      error: 'User not found',
    })
  })

  it('includes field errors and extra headers', async () => {
    const errors = [{ field: 'id', message: 'is taken' }]
    const response = problem(409, 'Taken', { errors, headers: { 'retry-after': '1' } })
    assert.equal(response.headers.get('retry-after'), '1')
    const body = (await response.json()) as { errors: unknown; title: string }
    assert.deepEqual(body.errors, errors)
    assert.equal(body.title, 'Conflict')
  })

  it('is the same if the context makes the response', async () => {
    const options = { errors: [{ field: 'id', message: 'is taken' }], headers: { 'retry-after': '1' } }
    const app = new Hono().get('/', (c) => c.body(...problemOf(409, 'Taken', options)))
    const [made, expected] = [await app.request('/'), problem(409, 'Taken', options)]
    assert.equal(made.status, 409)
    assert.deepEqual([...made.headers], [...expected.headers])
    assert.equal(await made.text(), await expected.text())
  })

  it('has a title for every status', async () => {
    assert.equal(((await problem(418, 'x').json()) as { title: string }).title, 'Error')
  })
})
