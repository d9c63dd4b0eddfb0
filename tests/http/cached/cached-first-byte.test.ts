/** The first byte of a streamed response: not held back by the cache, which stores the response all the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { jsx, Suspense } from 'hono/jsx'
import { renderToReadableStream } from 'hono/jsx/streaming'
import { stream, streamSSE, streamText } from 'hono/streaming'
import { flush, gate, testApp } from '../../support/test-app.ts'
import { virtualClock } from '../../support/test-cache.ts'

type Handler = (c: Context, opened: Promise<void>) => Response | Promise<Response>

/** Handlers whose first chunk comes at once, and whose last chunk waits for the test. */
const HANDLERS: Record<'streamText' | 'Suspense' | 'stream' | 'streamSSE', Handler> = {
  streamText: (c, opened) =>
    streamText(c, async (api) => {
      await api.write('first')
      await opened
      await api.write('last')
    }),
  stream: (c, opened) =>
    stream(c, async (api) => {
      await api.write('first')
      await opened
      await api.write('last')
    }),
  Suspense(c, opened) {
    async function Late() {
      await opened
      return jsx('p', {}, 'last')
    }
    const page = jsx(Suspense, { fallback: jsx('p', {}, 'first') }, jsx(Late, {}))
    return c.body(renderToReadableStream(page), 200, {
      'content-type': 'text/html; charset=UTF-8',
      'transfer-encoding': 'chunked',
    })
  },
  streamSSE: (c, opened) =>
    streamSSE(c, async (api) => {
      await api.writeSSE({ data: 'first' })
      await opened
      await api.writeSSE({ data: 'last' })
    }),
}

/** The part of a stream reader that the types of all runtimes have in common. */
interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array }>
}

/** Reads until the stream has sent the word. Fails if it ends before. */
async function readTo(word: string, reader: Reader): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  while (!text.includes(word)) {
    const { done, value } = await reader.read()
    if (done) assert.fail(`ended after ${text}`)
    text += decoder.decode(value, { stream: true })
  }
  return text
}

function appWith(handler: Handler) {
  const clock = virtualClock(0)
  const { open, opened } = gate()
  const test = testApp({ schedule: clock.schedule })
  let calls = 0
  test.app.get('/x', test.cached({ targetedControl: 'max-age=60' }), (c) => {
    calls++
    return handler(c, opened)
  })
  return { ...test, clock, open, calls: () => calls }
}

describe('the first byte of a streamed response', () => {
  for (const name of ['streamText', 'Suspense'] as const) {
    it(`${name} is sent at once, to every waiting client, and stored when complete`, async () => {
      const { get, open, settled, calls } = appWith(HANDLERS[name])
      const readers: Reader[] = []
      for (const cacheStatus of [
        'hitrate; fwd=uri-miss; detail=streaming',
        'hitrate; fwd=uri-miss; collapsed',
      ]) {
        const response = await get('/x')
        assert.equal(response.headers.get('cache-status'), cacheStatus)
        assert.equal(response.headers.get('transfer-encoding'), null)
        const reader = response.body?.getReader() ?? assert.fail()
        readers.push(reader)
        await readTo('first', reader)
      }
      open()
      for (const reader of readers) await readTo('last', reader)
      await settled()
      const again = await get('/x')
      assert.equal(again.headers.get('cache-status'), 'hitrate; hit; ttl=60')
      assert.match(await again.text(), /first.*last/)
      assert.equal(calls(), 1)
    })
  }

  it('a stream without Transfer-Encoding is sent after 20 ms, and stored when complete', async () => {
    const { get, open, clock, settled, calls } = appWith(HANDLERS.stream)
    let response: Response | undefined
    const pending = get('/x').then((received) => {
      response = received
      return received
    })
    await flush()
    clock.advance(19)
    await flush()
    assert.equal(response, undefined)
    clock.advance(1)
    const reader = (await pending).body?.getReader() ?? assert.fail()
    await readTo('first', reader)
    open()
    await readTo('last', reader)
    await settled()
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.equal(calls(), 1)
  })

  it('a stream that ends within 20 ms is buffered and has an ETag', async () => {
    const { get, open, clock } = appWith(HANDLERS.stream)
    const pending = get('/x')
    await flush()
    clock.advance(19)
    open()
    const response = await pending
    assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; ttl=60; stored')
    assert.notEqual(response.headers.get('etag'), null)
    assert.equal(await response.text(), 'firstlast')
    assert.equal(clock.pendingTimers(), 0)
  })

  it('streamSSE is sent at once and never stored', async () => {
    const { get, open, settled } = appWith(HANDLERS.streamSSE)
    for (const _ of [1, 2]) {
      const response = await get('/x')
      assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=event-stream')
      const reader = response.body?.getReader() ?? assert.fail()
      await readTo('first', reader)
      open()
      await readTo('last', reader)
      await settled()
    }
  })
})
