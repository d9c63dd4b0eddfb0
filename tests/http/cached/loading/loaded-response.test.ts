import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import {
  failureOptions,
  loadedAfterThrow,
  loadedForClient,
} from '../../../../src/http/cached/loading/loaded-response.ts'

/** A context in which the error handler has responded with this status. */
const contextWith = (status: number, signal = new AbortController().signal) =>
  ({ res: new Response(null, { status }), req: { raw: { signal } } }) as unknown as Context

describe('loadedForClient', () => {
  it('a response for one client is neither stored nor shared', () => {
    const { value, options, report } = loadedForClient(200, { detail: 'private' })
    assert.equal(value, undefined)
    assert.equal(options.keep, false)
    assert.equal(options.share, false)
    assert.deepEqual(report, { detail: 'private' })
  })

  it('a response about the client keeps the stored response, by its status or its reason', () => {
    for (const status of [401, 403, 407, 412, 416, 429]) {
      assert.equal(loadedForClient(status, {}).options.keepPrevious, true, String(status))
    }
    for (const detail of ['authorization', 'host']) {
      assert.equal(loadedForClient(200, { detail }).options.keepPrevious, true, detail)
    }
    for (const status of [200, 204, 301, 304, 400, 404, 410, 500]) {
      assert.equal(loadedForClient(status, { detail: 'private' }).options.keepPrevious, false, String(status))
    }
  })
})

describe('failureOptions', () => {
  it('5xx statuses are failures, and only those of RFC 5861 may be replaced by a stale response', () => {
    for (const status of [200, 304, 404, 499]) {
      assert.deepEqual(failureOptions(status), { failed: false, noStaleFallback: false })
    }
    for (const status of [500, 502, 503, 504]) {
      assert.deepEqual(failureOptions(status), { failed: true, noStaleFallback: false })
    }
    for (const status of [501, 505, 599]) {
      assert.deepEqual(failureOptions(status), { failed: true, noStaleFallback: true })
    }
  })
})

describe('loadedAfterThrow', () => {
  it('an error that led to a 5xx is thrown for all waiting requests', () => {
    const error = new Error('broken')
    assert.throws(() => loadedAfterThrow(contextWith(500), error), error)
    assert.throws(() => loadedAfterThrow(contextWith(503), new HTTPException(503)), HTTPException)
  })

  it('an error that led to another status is for its own client alone', () => {
    const { options, report } = loadedAfterThrow(contextWith(404), new HTTPException(404))
    assert.deepEqual([options.share, options.failed, report], [false, false, { detail: 'thrown' }])
  })

  it('an error with its own response is for its own client alone, because the body can be read once', () => {
    const error = new HTTPException(503, { res: new Response('busy', { status: 503 }) })
    const { options } = loadedAfterThrow(contextWith(503), error)
    assert.deepEqual([options.share, options.failed], [false, true])
  })

  it('an error after the client left is for its own client alone', () => {
    const { options } = loadedAfterThrow(contextWith(500, AbortSignal.abort()), new Error('aborted'))
    assert.deepEqual([options.share, options.failed], [false, true])
  })
})
