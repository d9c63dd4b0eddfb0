/** Bodies that are too large to be read before they answer: they stream to all who wait while they are kept. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { testApp } from '../../support/test-app.ts'

/** A handler whose body comes as the test gives it, a new one for each call. */
function streaming(fields: Record<string, string> = { 'cache-control': 'max-age=60' }) {
  const bodies: ReadableStreamDefaultController<Uint8Array>[] = []
  const cancelled: number[] = []
  const seen: string[] = []

  function handler(c: Context): Response {
    seen.push(c.req.method)
    const call = bodies.length
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void bodies.push(controller),
      cancel: () => void cancelled.push(call + 1),
    })
    return new Response(body, { headers: fields })
  }

  return {
    handler,
    cancelled,
    seen,
    calls: () => bodies.length,
    /** The body of the n-th call, from 1. */
    body: (n: number) => bodies[n - 1] ?? assert.fail(`only ${bodies.length} calls, not ${n}`),
  }
}

/** So many bytes, each piece another. */
const piece = (value: number, length = 100) => new Uint8Array(length).fill(value)

const turn = () => new Promise<void>((resolve) => void setTimeout(resolve, 0))

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())

function join(...pieces: Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((some) => [...some]))
}

/** Read whole up to 150 bytes, kept up to 1,000. */
const limits = { bufferBytes: 150, maxBodyBytes: 1000 }

/** An answer of 200 bytes from the first call is kept, and stale by now. */
async function stale() {
  const { app, cached, clock, get, settled } = testApp()
  const { handler, body, calls } = streaming({ 'cache-control': 'max-age=10, stale-while-revalidate=600' })
  app.get('/x', cached(limits), handler)
  const first = get('/x')
  await turn()
  body(1).enqueue(piece(1, 200))
  body(1).close()
  await (await first).arrayBuffer()
  await settled()
  clock.ms += 20_000
  return { body, calls, get, settled }
}

describe('a body above bufferBytes', () => {
  it('answers before its end, as it comes', async () => {
    const { app, cached, get } = testApp()
    const { handler, body } = streaming()
    app.get('/x', cached(limits), handler)
    const asked = get('/x')
    await turn()
    body(1).enqueue(piece(1))
    body(1).enqueue(piece(2))
    const reader = (await asked).body?.getReader() ?? assert.fail()
    assert.deepEqual((await reader.read()).value, piece(1))
    assert.deepEqual((await reader.read()).value, piece(2))
    body(1).enqueue(piece(3))
    assert.deepEqual((await reader.read()).value, piece(3))
    body(1).close()
    assert.equal((await reader.read()).done, true)
  })

  it('has no tag of ours the first time; then it has one, a length, conditions and ranges', async () => {
    const { app, cached, get, outcomes, settled } = testApp()
    const { handler, body, calls } = streaming()
    app.get('/x', cached(limits), handler)
    const asked = get('/x')
    await turn()
    body(1).enqueue(piece(1, 200))
    const first = await asked
    body(1).close()
    assert.equal(first.headers.get('etag'), null)
    assert.equal(first.headers.get('content-length'), null)
    assert.equal(first.headers.get('age'), null)
    assert.equal(first.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=streaming')
    assert.deepEqual(await bytesOf(first), piece(1, 200))
    await settled()
    const second = await get('/x')
    const etag = second.headers.get('etag') ?? assert.fail()
    assert.equal(second.headers.get('content-length'), '200')
    assert.equal(second.headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(await bytesOf(second), piece(1, 200))
    assert.equal((await get('/x', { 'if-none-match': etag })).status, 304)
    const part = await get('/x', { range: 'bytes=150-', 'if-range': etag })
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 150-199/200'])
    assert.deepEqual(await bytesOf(part), piece(1, 50))
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit', 'hit'])
  })

  it('keeps the handler’s own tag and length from the first', async () => {
    const { app, cached, get } = testApp()
    const own = { 'cache-control': 'max-age=60', etag: '"own"', 'content-length': '200' }
    const { handler, body } = streaming(own)
    app.get('/x', cached(limits), handler)
    const asked = [get('/x'), get('/x', { 'if-none-match': '"own"' })]
    await turn()
    body(1).enqueue(piece(1, 200))
    body(1).close()
    const [first, same] = await Promise.all(asked)
    assert.deepEqual([first?.headers.get('etag'), first?.headers.get('content-length')], ['"own"', '200'])
    assert.equal(same?.status, 304)
  })

  it('has no length of which nobody knows what it means', async () => {
    const { app, cached, get } = testApp()
    const { handler, body } = streaming({ 'cache-control': 'max-age=60', 'content-length': 'long' })
    app.get('/x', cached(limits), handler)
    const asked = get('/x')
    await turn()
    body(1).enqueue(piece(1, 200))
    assert.equal((await asked).headers.get('content-length'), null)
    body(1).close()
  })

  it('has its cookies from the first, where the route keeps them', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body } = streaming({ 'cache-control': 'max-age=60', 'set-cookie': 'a=1' })
    app.get('/x', cached({ ...limits, storeSetCookie: true }), handler)
    const asked = [get('/x'), get('/x')]
    await turn()
    body(1).enqueue(piece(1, 200))
    body(1).close()
    for (const answer of await Promise.all(asked)) assert.deepEqual(answer.headers.getSetCookie(), ['a=1'])
    await settled()
    assert.deepEqual((await get('/x')).headers.getSetCookie(), ['a=1'])
  })

  it('has one date, of when it began, however long it takes', async () => {
    const { app, cached, clock, get, settled } = testApp()
    const { handler, body } = streaming()
    app.get('/x', cached(limits), handler)
    const asked = get('/x')
    await turn()
    body(1).enqueue(piece(1, 200))
    const first = await asked
    await turn()
    clock.ms += 5000
    body(1).close()
    await settled()
    const hit = await get('/x')
    assert.equal(hit.headers.get('date'), first.headers.get('date'))
    assert.equal(hit.headers.get('age'), '5')
  })

  it('is whole, from its start, for each who comes while it grows; its handler runs once', async () => {
    const { app, cached, clock, get, outcomes, settled } = testApp()
    const { handler, body, calls } = streaming()
    app.get('/x', cached(limits), handler)
    const together = [get('/x'), get('/x')]
    await turn()
    body(1).enqueue(piece(1, 200))
    const answers = await Promise.all(together)
    clock.ms += 5000
    const late = await get('/x')
    assert.equal(late.headers.get('age'), '5')
    assert.equal(late.headers.get('cache-status'), 'hitrate; fwd=uri-miss; collapsed')
    body(1).enqueue(piece(2))
    body(1).close()
    const expected = join(piece(1, 200), piece(2))
    for (const answer of [...answers, late]) assert.deepEqual(await bytesOf(answer), expected)
    await settled()
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=55')
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'coalesced', 'coalesced', 'hit'])
  })

  it('is not cut into ranges while nobody knows its length: all of it is an answer too', async () => {
    const { app, cached, get } = testApp()
    const { handler, body } = streaming()
    app.get('/x', cached(limits), handler)
    const asked = get('/x', { range: 'bytes=0-9' })
    await turn()
    body(1).enqueue(piece(1, 200))
    body(1).close()
    const answer = await asked
    assert.equal(answer.status, 200)
    assert.equal((await bytesOf(answer)).length, 200)
  })

  it('is kept whole when the client that asked goes away', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls, cancelled } = streaming()
    app.get('/x', cached(limits), handler)
    const asked = get('/x')
    await turn()
    body(1).enqueue(piece(1, 200))
    await (await asked).body?.cancel()
    body(1).enqueue(piece(2))
    body(1).close()
    await settled()
    const answer = await get('/x')
    assert.equal(answer.headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(await bytesOf(answer), join(piece(1, 200), piece(2)))
    assert.equal(calls(), 1)
    assert.deepEqual(cancelled, [])
  })

  it('that breaks off does so for all who read it, and nothing of it is kept', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streaming()
    app.get('/x', cached(limits), handler)
    const together = [get('/x'), get('/x')]
    await turn()
    body(1).enqueue(piece(1, 200))
    const answers = await Promise.all(together)
    body(1).error(new Error('broke off'))
    for (const answer of answers) await assert.rejects(answer.arrayBuffer())
    await settled()
    const again = get('/x')
    await turn()
    body(2).enqueue(piece(3, 200))
    body(2).close()
    assert.deepEqual(await bytesOf(await again), piece(3, 200))
    assert.equal(calls(), 2)
  })

  it('that breaks off leaves the stale answer that was kept before', async () => {
    const { body, get, settled } = await stale()
    for (const call of [2, 3]) {
      assert.deepEqual(await bytesOf(await get('/x')), piece(1, 200))
      for (let i = 0; i < 5; i++) await turn()
      body(call).enqueue(piece(call, 200))
      await turn()
      body(call).error(new Error('broke off'))
      await settled()
    }
    assert.equal((await get('/x')).headers.get('cache-status'), 'hitrate; hit; ttl=-10')
  })

  it('is refreshed behind a stale answer by one handler at a time', async () => {
    const { body, calls, get, settled } = await stale()
    for (const _ of [1, 2, 3]) {
      assert.deepEqual(await bytesOf(await get('/x')), piece(1, 200))
      for (let i = 0; i < 5; i++) await turn()
      body(2).enqueue(piece(2))
    }
    assert.equal(calls(), 2)
    body(2).close()
    await settled()
    assert.equal((await bytesOf(await get('/x'))).length, 300)
    assert.equal(calls(), 2)
  })

  it('that is cold is kept for a HEAD too, which has no body', async () => {
    const { app, cached, get, request, settled } = testApp()
    const { handler, body, calls, seen } = streaming()
    app.get('/x', cached(limits), handler)
    const asked = request('HEAD', '/x')
    await turn()
    body(1).enqueue(piece(1, 200))
    const head = await asked
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=streaming')
    assert.equal(await head.text(), '')
    body(1).close()
    await settled()
    const kept = await request('HEAD', '/x')
    assert.equal(kept.headers.get('content-length'), '200')
    assert.deepEqual(await bytesOf(await get('/x')), piece(1, 200))
    assert.equal(calls(), 1)
    assert.deepEqual(seen, ['GET'])
  })

  it('comes out exactly as it went in, whatever it is encoded in', async () => {
    const { app, cached, get, settled } = testApp()
    const random = crypto.getRandomValues(new Uint8Array(5000))
    const fields = { 'cache-control': 'max-age=60', 'content-type': 'text/plain', 'content-encoding': 'br' }
    app.get('/x', cached({ bufferBytes: 150 }), () => {
      let at = 0
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= random.length) return controller.close()
          controller.enqueue(random.slice(at, at + 333))
          at += 333
        },
      })
      return new Response(stream, { headers: fields })
    })
    for (const said of ['hitrate; fwd=uri-miss; detail=streaming', 'hitrate; hit; ttl=60']) {
      const answer = await get('/x')
      assert.equal(answer.headers.get('cache-status'), said)
      assert.equal(answer.headers.get('content-encoding'), 'br')
      assert.deepEqual(await bytesOf(answer), random)
      await settled()
    }
  })

  for (const what of ['PUT', 'tag', 'clear'] as const) {
    it(`is not kept when it is invalidated while it grows, and who comes then asks anew: ${what}`, async () => {
      const { app, cache, cached, get, request, settled } = testApp()
      const { handler, body, calls } = streaming({ 'cache-control': 'max-age=60', 'cache-tag': 'a' })
      app.get('/x', cached(limits), handler)
      app.put('/x', cached(limits), (c) => c.text('ok'))
      const asked = get('/x')
      await turn()
      body(1).enqueue(piece(1, 200))
      const old = await asked
      if (what === 'PUT') await request('PUT', '/x')
      if (what === 'tag') await cache.invalidateTags(['a'])
      if (what === 'clear') await cache.clear()
      const newcomer = get('/x')
      await turn()
      assert.equal(calls(), 2)
      body(2).enqueue(piece(2, 200))
      body(2).close()
      body(1).close()
      assert.deepEqual(await bytesOf(old), piece(1, 200), 'who asked before gets all of it')
      assert.deepEqual(await bytesOf(await newcomer), piece(2, 200))
      await settled()
      assert.deepEqual(await bytesOf(await get('/x')), piece(2, 200))
      assert.equal(calls(), 2)
    })
  }

  it('of one variant is not kept when its resource is changed while it grows', async () => {
    const { app, cached, get, request, settled } = testApp()
    const { handler, body, calls } = streaming({ 'cache-control': 'max-age=60', vary: 'x-user' })
    app.get('/x', cached(limits), handler)
    app.put('/x', cached(limits), (c) => c.text('ok'))
    const ann = { 'x-user': 'ann' }
    const answers: Promise<Response>[] = []
    for (const call of [1, 2]) {
      answers.push(get('/x', ann)) // the second one knows that it varies
      await turn()
      body(call).enqueue(piece(call, 200))
      await answers[call - 1]
      await request('PUT', '/x')
    }
    answers.push(get('/x', ann))
    await turn()
    assert.equal(calls(), 3)
    for (const call of [3, 2, 1]) {
      if (call === 3) body(call).enqueue(piece(call, 200))
      body(call).close()
    }
    for (const [i, answer] of answers.entries())
      assert.deepEqual(await bytesOf(await answer), piece(i + 1, 200))
    await settled()
    assert.deepEqual(await bytesOf(await get('/x', ann)), piece(3, 200))
  })

  it('that varies is shared with those who come while it grows, too', async () => {
    const { app, cached, get, outcomes } = testApp()
    const { handler, body, calls } = streaming({ 'cache-control': 'max-age=60', vary: 'x-user' })
    app.get('/x', cached(limits), handler)
    const asked = get('/x', { 'x-user': 'ann' })
    await turn()
    body(1).enqueue(piece(1, 200))
    const answers = [await asked, await get('/x', { 'x-user': 'ann' })]
    body(1).close()
    for (const answer of answers) assert.deepEqual(await bytesOf(answer), piece(1, 200))
    assert.equal(calls(), 1)
    assert.deepEqual(outcomes, ['miss', 'coalesced'])
  })

  it('goes to those alone who are selected for it; the others have a handler’s run of their own, together', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streaming({ 'cache-control': 'max-age=60', vary: 'x-user' })
    app.get('/x', cached(limits), handler)
    const users = ['ann', 'bob', 'ann', 'bob', 'bob']
    const together = users.map((user) => get('/x', { 'x-user': user }))
    await turn()
    body(1).enqueue(piece(1, 200))
    await turn()
    body(2).enqueue(piece(2, 200))
    const answers = await Promise.all(together)
    for (const call of [1, 2]) body(call).close()
    for (const [i, answer] of answers.entries()) {
      assert.deepEqual(await bytesOf(answer), piece(users[i] === 'ann' ? 1 : 2, 200))
    }
    await settled()
    assert.equal(calls(), 2)
    assert.deepEqual(await bytesOf(await get('/x', { 'x-user': 'ann' })), piece(1, 200))
    assert.deepEqual(await bytesOf(await get('/x', { 'x-user': 'bob' })), piece(2, 200))
    assert.equal(calls(), 2)
  })
})

describe('a body above maxBodyBytes', () => {
  it('that says so passes through untouched', async () => {
    const { app, cached, get } = testApp()
    const { handler, body, calls } = streaming({ 'cache-control': 'max-age=60', 'content-length': '2000' })
    app.get('/x', cached(limits), handler)
    for (const call of [1, 2]) {
      const answer = await get('/x')
      assert.equal(answer.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=too-large')
      assert.equal(answer.headers.get('content-length'), '2000')
      body(call).enqueue(piece(call, 2000))
      body(call).close()
      assert.deepEqual(await bytesOf(answer), piece(call, 2000))
    }
    assert.equal(calls(), 2)
  })

  it('that does not say so is whole for all who wait for it, and not kept', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streaming()
    app.get('/x', cached(limits), handler)
    const together = [get('/x'), get('/x'), get('/x')]
    await turn()
    for (let i = 0; i < 20; i++) body(1).enqueue(piece(i))
    body(1).close()
    const expected = join(...Array.from({ length: 20 }, (_, i) => piece(i)))
    for (const answer of await Promise.all(together)) assert.deepEqual(await bytesOf(answer), expected)
    await settled()
    assert.equal(calls(), 1)
    void get('/x')
    await turn()
    assert.equal(calls(), 2)
    body(2).close()
  })

  it('ends the stale answer that was kept before', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let size = 10
    app.get('/x', cached({ ...limits, staleOnThrow: true }), (c) => {
      if (size === 0) throw new Error('down')
      return c.body(piece(1, size) as Uint8Array<ArrayBuffer>, 200, { 'cache-control': 'max-age=10' })
    })
    app.onError((_, c) => c.text('down', 500))
    await get('/x')
    clock.ms += 20_000
    size = 2000
    await (await get('/x')).arrayBuffer()
    await settled()
    size = 0
    assert.equal((await get('/x')).status, 500)
  })

  it('gives its source back when the last who reads it goes away', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, cancelled } = streaming()
    app.get('/x', cached(limits), handler)
    const together = [get('/x'), get('/x')]
    await turn()
    for (let i = 0; i < 20; i++) body(1).enqueue(piece(i))
    const [first, second] = await Promise.all(together)
    await settled()
    await turn()
    await first?.body?.cancel()
    assert.deepEqual(cancelled, [])
    await second?.body?.cancel()
    await turn()
    assert.deepEqual(cancelled, [1])
  })

  it('gives its source back when a HEAD asked for it', async () => {
    const { app, cached, request, settled } = testApp()
    const { handler, body, cancelled } = streaming()
    app.get('/x', cached(limits), handler)
    const asked = request('HEAD', '/x')
    await turn()
    for (let i = 0; i < 20; i++) body(1).enqueue(piece(i))
    assert.equal((await asked).status, 200)
    await settled()
    await turn()
    await turn()
    assert.deepEqual(cancelled, [1])
  })

  it('is waited for by nobody the next time', async () => {
    const { app, cached, get, settled } = testApp()
    const { handler, body, calls } = streaming()
    app.get('/x', cached(limits), handler)
    const first = get('/x')
    await turn()
    for (let i = 0; i < 20; i++) body(1).enqueue(piece(i))
    body(1).close()
    await (await first).arrayBuffer()
    await settled()
    const together = [get('/x'), get('/x'), get('/x')]
    await turn()
    assert.equal(calls(), 4)
    for (const call of [2, 3, 4]) {
      body(call).enqueue(piece(call))
      body(call).close()
    }
    for (const [i, answer] of (await Promise.all(together)).entries()) {
      assert.deepEqual(await bytesOf(answer), piece(i + 2))
    }
  })
})

describe('a body of a megabyte', () => {
  const MEGABYTE = 1024 * 1024

  it('in one piece is kept as that very piece', async () => {
    const { app, cached, get, settled } = testApp()
    const own = new Uint8Array(MEGABYTE).fill(1)
    app.get('/x', cached(), () => {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(own)
          controller.close()
        },
      })
      return new Response(stream, {
        headers: { 'cache-control': 'max-age=60', 'content-type': 'text/plain; charset=utf-8' }, // a string would be a copy
      })
    })
    const first = (await get('/x')).body?.getReader() ?? assert.fail()
    assert.equal((await first.read()).value, own, 'the first client gets it as it is')
    await settled()
    own[0] = 2 // nobody may do this: it shows whose memory it is
    const kept = await bytesOf(await get('/x'))
    assert.equal(kept.length, MEGABYTE)
    assert.equal(kept[0], 2)
  })

  it('in many pieces is joined once: its clients get the handler’s own pieces', async () => {
    const { app, cached, get, settled } = testApp()
    const pieces = Array.from({ length: 16 }, (_, i) => piece(i, MEGABYTE / 16))
    app.get('/x', cached(), () => {
      const rest = pieces.values()
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          const { done, value } = rest.next()
          if (done) controller.close()
          else controller.enqueue(value)
        },
      })
      return new Response(stream, { headers: { 'cache-control': 'max-age=60' } })
    })
    const together = [get('/x'), get('/x')]
    for (const answer of await Promise.all(together)) {
      const reader = answer.body?.getReader() ?? assert.fail()
      for (const own of pieces) assert.equal((await reader.read()).value, own)
      assert.equal((await reader.read()).done, true)
    }
    await settled()
    for (const own of pieces) own.fill(99) // what is kept is a copy, and the only one
    assert.deepEqual(
      (await bytesOf(await get('/x'))).filter((_, i) => i % (MEGABYTE / 16) === 0),
      Uint8Array.from(pieces, (_, i) => i),
    )
  })
})
