import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import * as z from 'zod'
import { validationProblem } from '../../../src/service/routes/validation-problem.ts'

const schema = z.strictObject({
  id: z.string('must be a string'),
  at: z.object({ zip: z.string().regex(/^\d+$/, 'must be digits') }).optional(),
})

async function errorsOf(body: unknown) {
  const app = new Hono()
  app.post('/', zValidator('json', schema, validationProblem), (c) => c.text('passed'))
  app.get(
    '/',
    zValidator('query', z.object({ n: z.string().max(1, 'is too long') }), validationProblem),
    (c) => c.text('passed'),
  )
  const response =
    typeof body === 'string'
      ? await app.request(`/?n=${body}`)
      : await app.request('/', {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        })
  if (response.status === 200) return 'passed'
  assert.equal(response.status, 400)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  const { error, errors } = (await response.json()) as { error: string; errors: unknown }
  return [error, errors]
}

describe('validationProblem', () => {
  it('has one error for each invalid field', async () => {
    assert.deepEqual(await errorsOf({ id: 1, at: { zip: 'x' } }), [
      'The body is not valid',
      [
        { field: 'id', message: 'must be a string' },
        { field: 'at.zip', message: 'must be digits' },
      ],
    ])
  })

  it('has one error for each unknown field', async () => {
    assert.deepEqual(await errorsOf({ id: 'a', x: 1, __proto__x: 2 }), [
      'The body is not valid',
      [
        { field: 'x', message: 'is not a field' },
        { field: '__proto__x', message: 'is not a field' },
      ],
    ])
  })

  it('names the body when no field is at fault', async () => {
    for (const body of [null, [], 1]) {
      const [error, errors] = await errorsOf(body)
      assert.equal(error, 'The body is not valid')
      assert.equal((errors as { field: string }[])[0]?.field, 'body')
    }
  })

  it('names the query', async () => {
    assert.deepEqual(await errorsOf('xx'), [
      'The query is not valid',
      [{ field: 'n', message: 'is too long' }],
    ])
  })

  it('passes a valid value', async () => {
    assert.equal(await errorsOf({ id: 'a' }), 'passed')
    assert.equal(await errorsOf('x'), 'passed')
  })
})
