import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import {
  failedPrecondition,
  type Preconditions,
  preconditionsOf,
  validPreconditions,
} from '../../../src/service/routes/preconditions.ts'

const NOON = Date.UTC(2026, 10, 22, 12)
const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT'

async function send(headers: Record<string, string>): Promise<Response> {
  const app = new Hono()
  app.delete(
    '/',
    validPreconditions(() => NOON),
    (c) => c.json(preconditionsOf(c) ?? 'none'),
  )
  return app.request('/', { method: 'DELETE', headers })
}

describe('validPreconditions', () => {
  const read: [headers: Record<string, string>, preconditions: Preconditions | 'none'][] = [
    [{}, 'none'],
    [{ 'if-modified-since': DATE, 'if-range': '"a"' }, 'none'],
    [{ 'if-match': '"a", "b"' }, { ifMatch: ['"a"', '"b"'] }],
    [{ 'if-none-match': '*' }, { ifNoneMatch: '*' }],
    [{ 'if-unmodified-since': DATE }, { ifUnmodifiedSince: NOON }],
    [
      { 'if-match': '*', 'if-none-match': 'W/"a"', 'if-unmodified-since': DATE },
      { ifMatch: '*', ifNoneMatch: ['W/"a"'] },
    ],
    [{ 'if-match': '*', 'if-unmodified-since': 'yesterday' }, { ifMatch: '*' }],
  ]
  for (const [headers, preconditions] of read) {
    it(`reads ${JSON.stringify(headers)}`, async () => {
      const response = await send(headers)
      assert.equal(response.status, 200)
      assert.deepEqual(await response.json(), preconditions)
    })
  }

  it('refuses malformed fields with the name of each', async () => {
    const response = await send({ 'if-match': 'abc', 'if-none-match': '' })
    assert.equal(response.status, 400)
    assert.deepEqual(await response.json(), {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'The header is not valid',
      error: 'The header is not valid',
      errors: [
        { field: 'If-Match', message: 'must be * or a list of entity tags, each in double quotes' },
        { field: 'If-None-Match', message: 'must be * or a list of entity tags, each in double quotes' },
      ],
    })
  })

  it('refuses a date that is none', async () => {
    for (const value of ['', 'yesterday', '2026-11-22T12:00:00Z', '1796121110', `${DATE}, ${DATE}`]) {
      const response = await send({ 'if-unmodified-since': value })
      assert.equal(response.status, 400, value)
      const { errors } = (await response.json()) as { errors: unknown }
      assert.deepEqual(errors, [{ field: 'If-Unmodified-Since', message: 'must be an HTTP date' }])
    }
  })
})

describe('failedPrecondition', () => {
  const user = { etag: '"1"', modifiedAt: NOON }
  type Field = 'If-Match' | 'If-None-Match' | 'If-Unmodified-Since'
  const cases: [preconditions: Preconditions, ofUser: Field | undefined, ofNone: Field | undefined][] = [
    [{ ifMatch: '*' }, undefined, 'If-Match'],
    [{ ifMatch: ['"0"', '"1"'] }, undefined, 'If-Match'],
    [{ ifMatch: ['"0"'] }, 'If-Match', 'If-Match'],
    [{ ifMatch: ['W/"1"'] }, 'If-Match', 'If-Match'],
    [{ ifNoneMatch: '*' }, 'If-None-Match', undefined],
    [{ ifNoneMatch: ['W/"1"'] }, 'If-None-Match', undefined],
    [{ ifNoneMatch: ['"0"'] }, undefined, undefined],
    [{ ifUnmodifiedSince: NOON }, undefined, undefined],
    [{ ifUnmodifiedSince: NOON - 1000 }, 'If-Unmodified-Since', undefined],
    [{ ifMatch: ['"1"'], ifNoneMatch: ['"1"'] }, 'If-None-Match', 'If-Match'],
    [{ ifMatch: ['"0"'], ifNoneMatch: ['"1"'] }, 'If-Match', 'If-Match'],
    [{ ifUnmodifiedSince: NOON, ifNoneMatch: ['"1"'] }, 'If-None-Match', undefined],
    [{ ifUnmodifiedSince: NOON - 1000, ifNoneMatch: ['"0"'] }, 'If-Unmodified-Since', undefined],
  ]
  for (const [preconditions, ofUser, ofNone] of cases) {
    it(`of ${JSON.stringify(preconditions)}: ${ofUser} with a user, ${ofNone} without`, () => {
      assert.equal(failedPrecondition(preconditions, user)?.field, ofUser)
      assert.equal(failedPrecondition(preconditions, undefined)?.field, ofNone)
    })
  }

  it('ignores If-Unmodified-Since for a user without a time (RFC 9110 §13.1.4)', () => {
    assert.equal(failedPrecondition({ ifUnmodifiedSince: 0 }, { etag: '"1"' }), undefined)
  })
})
