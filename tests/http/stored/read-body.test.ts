import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type BodyLimits, type ReadBody, readBody } from '../../../src/http/stored/read-body.ts'
import { flush, virtualClock } from '../../support/test-cache.ts'

interface Source {
  response: Response
  /** Number of chunks that were read. */
  pulled: () => number
}

function source(chunks: Uint8Array[], headers: Record<string, string> = {}): Source {
  let pulled = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[pulled++]
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
  return { response: new Response(stream, { headers }), pulled: () => pulled }
}

const bytes = (...values: number[]) => Uint8Array.from(values)

/** Buffers up to this number of bytes, and stores up to ten times as many. */
const upTo = (bufferBytes: number, schedule: BodyLimits['schedule'] = () => () => {}) => ({
  bufferBytes,
  maxBodyBytes: 10 * bufferBytes,
  schedule,
})

async function streamed(body: ReadBody): Promise<number[]> {
  assert.ok(typeof body === 'object' && 'shared' in body)
  return [...new Uint8Array(await new Response(body.shared.stream()).arrayBuffer())]
}

describe('readBody() up to bufferBytes', () => {
  it('returns the bytes of all chunks', async () => {
    const { response } = source([bytes(0, 255), bytes(), bytes(128)])
    assert.deepEqual(await readBody(response, upTo(3)), { bytes: bytes(0, 255, 128) })
  })

  it('returns null without a body, and no bytes for an empty body', async () => {
    assert.deepEqual(await readBody(new Response(null), upTo(3)), { bytes: null })
    assert.deepEqual(await readBody(new Response(null, { status: 204 }), upTo(3)), { bytes: null })
    assert.deepEqual(await readBody(new Response(''), upTo(3)), { bytes: bytes() })
    assert.deepEqual(await readBody(source([]).response, upTo(0)), { bytes: bytes() })
  })

  it('ignores a wrong Content-Length', async () => {
    for (const length of ['0', '1', '-5', 'x', '']) {
      const { response } = source([bytes(1, 2, 3)], { 'content-length': length })
      assert.deepEqual(await readBody(response, upTo(3)), { bytes: bytes(1, 2, 3) })
    }
  })

  it('encodes chunks of text, and rejects chunks of other types', async () => {
    const give = (...chunks: unknown[]) =>
      new Response(
        new ReadableStream({
          start(controller) {
            for (const chunk of chunks) controller.enqueue(chunk)
            controller.close()
          },
        }),
      )
    const whole = new TextEncoder().encode('Zo\u00eb')
    assert.deepEqual(await readBody(give('Zo', '\u00eb'), upTo(10)), { bytes: whole })
    await assert.rejects(readBody(give('Zo', { a: 1 }), upTo(10)), /must be bytes or strings, got an object/)
  })

  it('does not copy a single chunk', async () => {
    const piece = bytes(1, 2, 3)
    const body = await readBody(source([piece]).response, upTo(3))
    assert.ok(typeof body === 'object' && 'bytes' in body && body.bytes === piece)
  })
})

describe('readBody() beyond bufferBytes', () => {
  it('streams the complete body, beginning with the chunks that were read', async () => {
    const { response } = source([bytes(1, 2), bytes(3, 4), bytes(5), bytes(6, 7)])
    assert.deepEqual(await streamed(await readBody(response, upTo(3))), [1, 2, 3, 4, 5, 6, 7])
  })

  it('does not wait for chunks if Content-Length exceeds bufferBytes', async () => {
    const { response, pulled } = source([bytes(1, 2), bytes(3, 4)], { 'content-length': '4' })
    const body = await readBody(response, upTo(3))
    assert.ok(pulled() <= 1, 'no chunk was awaited')
    assert.deepEqual(await streamed(body), [1, 2, 3, 4])
  })

  it('does not read the body if Content-Length exceeds maxBodyBytes', async () => {
    const { response, pulled } = source([bytes(1, 2)], { 'content-length': '31' })
    assert.equal(await readBody(response, upTo(3)), 'too-large')
    assert.equal(pulled(), 0)
    assert.equal(response.bodyUsed, false)
  })
})

describe('readBody() of a body of known length', () => {
  const lengthOf = (body: ReadBody) =>
    body !== 'too-large' && 'shared' in body ? body.length : assert.fail('not streamed')

  it('has the length of a valid Content-Length', async () => {
    for (const [header, length] of [
      ['4', 4],
      ['4, 4', undefined],
      ['x', undefined],
    ] as const) {
      const { response } = source([bytes(1, 2), bytes(3, 4)], { 'content-length': header })
      assert.equal(lengthOf(await readBody(response, upTo(3))), length)
    }
  })

  it('has the length of a body in one chunk, also above maxBodyBytes', async () => {
    for (const size of [4, 31]) {
      const body = await readBody(source([bytes(), new Uint8Array(size)]).response, upTo(3))
      assert.equal(lengthOf(body), size)
      assert.equal((await streamed(body)).length, size)
    }
  })

  it('has no length of several chunks', async () => {
    const body = await readBody(source([bytes(1, 2), bytes(3, 4)]).response, upTo(3))
    assert.equal(lengthOf(body), undefined)
  })
})

describe('readBody() of a slow body', () => {
  /** A body that the test writes. */
  function writable(headers: Record<string, string> = {}) {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const stream = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given
      },
    })
    return { response: new Response(stream, { headers }), body: controller ?? assert.fail() }
  }

  it('buffers for 20 ms from the first bytes on, then streams', async () => {
    for (const [afterMs, isBuffered] of [
      [19, true],
      [20, false],
    ] as const) {
      const clock = virtualClock(0)
      const { response, body } = writable()
      const read = readBody(response, upTo(9, clock.schedule))
      await flush()
      clock.advance(1000) // before the first bytes
      body.enqueue(bytes(1))
      await flush()
      body.enqueue(bytes(2))
      await flush()
      clock.advance(afterMs)
      await flush()
      body.enqueue(bytes(3))
      body.close()
      const result = await read
      assert.ok(result !== 'too-large')
      assert.equal('bytes' in result, isBuffered)
      assert.deepEqual('bytes' in result ? [...(result.bytes ?? [])] : await streamed(result), [1, 2, 3])
      assert.equal(clock.pendingTimers(), 0)
    }
  })

  it('streams before the next chunk arrives', async () => {
    const clock = virtualClock(0)
    const { response, body } = writable()
    const read = readBody(response, upTo(9, clock.schedule))
    body.enqueue(bytes(1))
    await flush()
    clock.advance(20)
    const result = await read
    assert.ok(result !== 'too-large' && 'shared' in result)
    const reader = result.shared.stream().getReader()
    assert.deepEqual(await reader.read(), { done: false, value: bytes(1) })
    body.enqueue(bytes(2))
    assert.deepEqual(await reader.read(), { done: false, value: bytes(2) })
    body.close()
    assert.equal((await reader.read()).done, true)
    assert.deepEqual(await result.shared.complete, bytes(1, 2))
  })

  it('an error after 20 ms is an error of the stream', async () => {
    const clock = virtualClock(0)
    const { response, body } = writable()
    const read = readBody(response, upTo(9, clock.schedule))
    body.enqueue(bytes(1))
    await flush()
    clock.advance(20)
    body.error(new Error('broken'))
    await assert.rejects(streamed(await read), /broken/)
  })

  it('buffers a failure with Transfer-Encoding, which a proxy may have passed on', async () => {
    const { response, body } = writable({ 'transfer-encoding': 'chunked' })
    const read = readBody(new Response(response.body, { status: 503, headers: response.headers }), upTo(9))
    body.enqueue(bytes(1))
    body.close()
    assert.deepEqual(await read, { bytes: bytes(1) })
  })

  it('does not wait for the first bytes of a body with Transfer-Encoding', async () => {
    const { response, body } = writable({ 'transfer-encoding': 'chunked', 'content-length': '1' })
    const result = await readBody(response, upTo(9))
    body.enqueue(bytes(1))
    body.close()
    assert.deepEqual(await streamed(result), [1])
    assert.ok(result !== 'too-large' && 'shared' in result && result.length === undefined)
  })
})

describe('readBody() with any body', () => {
  it('returns or streams exactly the bytes of the source', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat({ max: 12 }), async (some, max) => {
        const all = some.flatMap((chunk) => [...chunk])
        const body = await readBody(source(some).response, upTo(max))
        assert.ok(typeof body === 'object')
        assert.equal('bytes' in body, all.length <= max)
        assert.deepEqual('bytes' in body ? [...(body.bytes ?? [])] : await streamed(body), all)
      }),
    )
  })

  it('reports an error of the source, within bufferBytes and beyond', async () => {
    const broken = () => {
      let pulled = 0
      return new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            if (pulled++ < 2) controller.enqueue(bytes(1, 2))
            else controller.error(new Error('broken'))
          },
        }),
      )
    }
    await assert.rejects(readBody(broken(), upTo(100)), /broken/)
    await assert.rejects(streamed(await readBody(broken(), upTo(3))), /broken/)
  })
})
