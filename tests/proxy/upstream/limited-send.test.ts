import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limitedSend } from '../../../src/proxy/upstream/limited-send.ts'
import type { UpstreamRequest, UpstreamResponse } from '../../../src/proxy/upstream/send.ts'
import { UpstreamError } from '../../../src/proxy/upstream/upstream-error.ts'

/** A limit whose time is over when the test says so. */
function testLimit(send: (request: UpstreamRequest) => Promise<UpstreamResponse>) {
  const timers = new Set<() => void>()
  const limited = limitedSend({
    send,
    timeoutMs: 2000,
    schedule(run) {
      timers.add(run)
      return () => timers.delete(run)
    },
  })
  const request = (body: UpstreamRequest['body'] = null) =>
    limited({
      method: 'GET',
      url: 'http://u/',
      headers: new Headers(),
      body,
      signal: new AbortController().signal,
    })
  return {
    request,
    timers,
    timeIsOver() {
      for (const run of timers) run()
    },
  }
}

const response = (body: UpstreamResponse['body']): UpstreamResponse => ({
  status: 200,
  headers: new Headers(),
  body,
})
const isUpstreamError = (status: number) => (error: unknown) =>
  error instanceof UpstreamError && error.status === status

describe('limitedSend', () => {
  it('an upstream without a header in time is a 504, and its connection is aborted', async () => {
    let signal: AbortSignal | undefined
    const limit = testLimit((request) => {
      signal = request.signal
      return new Promise(() => {})
    })
    const answer = limit.request()
    limit.timeIsOver()
    await assert.rejects(answer, isUpstreamError(504))
    await assert.rejects(answer, /^UpstreamError: The upstream did not answer within 2 s$/)
    assert.equal(signal?.aborted, true)
    assert.equal(limit.timers.size, 0)
  })

  it('an error of the connection is a 502', async () => {
    const limit = testLimit(async () => {
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    })
    await assert.rejects(limit.request(), isUpstreamError(502))
    assert.equal(limit.timers.size, 0)
  })

  it('a body that stops half-way fails for its reader, whose own pauses have no limit', async () => {
    let pieces = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (pieces++ === 0) controller.enqueue(new Uint8Array([1]))
          else return new Promise(() => {})
        },
      },
      { highWaterMark: 0 },
    )
    const limit = testLimit(async () => response(body))
    const reader = (await limit.request()).body?.getReader()
    assert.equal(limit.timers.size, 0, 'nobody waits for the upstream yet')
    assert.deepEqual((await reader?.read())?.value, new Uint8Array([1]))
    assert.equal(limit.timers.size, 0)
    const second = reader?.read()
    await new Promise(setImmediate) // the stream asks its source a moment later
    assert.equal(limit.timers.size, 1)
    limit.timeIsOver()
    await assert.rejects(async () => second)
  })

  it('a body is read from the upstream only as its reader takes it, and cancelled with it', async () => {
    let pulls = 0
    let cancelled = false
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++
          controller.enqueue(new Uint8Array(1024))
        },
        cancel() {
          cancelled = true
        },
      },
      { highWaterMark: 0 },
    )
    const limit = testLimit(async () => response(body))
    const reader = (await limit.request()).body?.getReader()
    await reader?.read()
    assert.equal(pulls, 1)
    await reader?.cancel()
    assert.equal(cancelled, true)
  })

  it('a client that sends its body slowly is no failure of the upstream', async () => {
    let finish: () => void = () => {}
    const sending = new ReadableStream<Uint8Array>(
      { pull: (controller) => new Promise((resolve) => (finish = () => resolve(controller.close()))) },
      { highWaterMark: 0 },
    )
    const limit = testLimit(async ({ body }) => {
      await body?.getReader().read()
      return response(null)
    })
    const answer = limit.request(sending)
    await Promise.resolve()
    assert.equal(limit.timers.size, 0)
    finish()
    assert.equal((await answer).status, 200)
  })
})
