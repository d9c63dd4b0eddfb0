import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ReadBody, readBody } from '../../../src/http/stored/read-body.ts'

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
const upTo = (bufferBytes: number) => ({ bufferBytes, maxBodyBytes: 10 * bufferBytes })

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
