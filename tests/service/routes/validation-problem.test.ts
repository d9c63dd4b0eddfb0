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

async function answer(body: unknown) {
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

describe('what does not fit its schema', () => {
  it('is told field by field', async () => {
    assert.deepEqual(await answer({ id: 1, at: { zip: 'x' } }), [
      'The body is not valid',
      [
        { field: 'id', message: 'must be a string' },
        { field: 'at.zip', message: 'must be digits' },
      ],
    ])
  })

  it('is told for what is no field', async () => {
    assert.deepEqual(await answer({ id: 'a', x: 1, __proto__x: 2 }), [
      'The body is not valid',
      [
        { field: 'x', message: 'is not a field' },
        { field: '__proto__x', message: 'is not a field' },
      ],
    ])
  })

  it('is told for the whole where no field is at fault', async () => {
    for (const body of [null, [], 1]) {
      const [error, errors] = await answer(body)
      assert.equal(error, 'The body is not valid')
      assert.equal((errors as { field: string }[])[0]?.field, 'body')
    }
  })

  it('may be the query', async () => {
    assert.deepEqual(await answer('xx'), ['The query is not valid', [{ field: 'n', message: 'is too long' }]])
  })

  it('is nothing else', async () => {
    assert.equal(await answer({ id: 'a' }), 'passed')
    assert.equal(await answer('x'), 'passed')
  })
})
