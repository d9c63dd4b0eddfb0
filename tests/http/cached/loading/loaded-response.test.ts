import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { loadedWithReport } from '../../../../src/cache/http-reads.ts'
import type { LoadedOptions } from '../../../../src/cache/lifetime.ts'
import type { Stored } from '../../../../src/http/cached/cache-request.ts'
import {
  failureOptions,
  isErrorForAll,
  loadedForClient,
  withoutConsequence,
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

describe('isErrorForAll', () => {
  it('an error that led to a 5xx is for all waiting requests', () => {
    assert.equal(isErrorForAll(contextWith(500), new Error('broken')), true)
    assert.equal(isErrorForAll(contextWith(503), new HTTPException(503)), true)
  })

  it('an error that led to another status is not for all', () => {
    assert.equal(isErrorForAll(contextWith(404), new HTTPException(404)), false)
  })

  it('an error with its own response is not for all, because the body can be read once', () => {
    const error = new HTTPException(503, { res: new Response('busy', { status: 503 }) })
    assert.equal(isErrorForAll(contextWith(503), error), false)
  })

  it('an error after the client left is not for all', () => {
    assert.equal(isErrorForAll(contextWith(500, AbortSignal.abort()), new Error('aborted')), false)
  })
})

describe('withoutConsequence', () => {
  const consequence = ({ options }: { options: LoadedOptions }) => [options.share, options.failurePauseMs]

  it('a failure without consequence starts no pause, and is shared only if it is stored', () => {
    assert.deepEqual(consequence(withoutConsequence(loadedForClient(503, {}))), [false, 0])
    for (const [options, share] of [
      [{ keep: false, share: true }, false],
      [{ keep: 'key', share: true }, true],
      [{ keep: 'key', share: false }, false],
    ] as const) {
      const failed = loadedWithReport<Stored>(undefined, { ...options, failed: true }, {})
      assert.deepEqual(consequence(withoutConsequence(failed)), [share, 0])
    }
  })
})
