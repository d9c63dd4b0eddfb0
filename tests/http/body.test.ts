import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readBody } from '../../src/http/body.ts'

interface Source {
  response: Response
  /** How many chunks were taken. */
  pulled: () => number
  cancelled: () => unknown
}

function source(chunks: Uint8Array[], headers: Record<string, string> = {}): Source {
  let pulled = 0
  let cancelled: unknown
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[pulled++]
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel(reason) {
        cancelled = reason
      },
    },
    { highWaterMark: 0 },
  )
  return { response: new Response(stream, { headers }), pulled: () => pulled, cancelled: () => cancelled }
}

const bytes = (...values: number[]) => Uint8Array.from(values)

async function streamed(body: Awaited<ReturnType<typeof readBody>>): Promise<number[]> {
  assert.ok('streaming' in body)
  return [...new Uint8Array(await new Response(body.streaming).arrayBuffer())]
}

describe('a body up to the bound', () => {
  it('is read whole, exactly', async () => {
    const { response } = source([bytes(0, 255), bytes(), bytes(128)])
    assert.deepEqual(await readBody(response, 3), { whole: bytes(0, 255, 128) })
  })

  it('is null where there is none, and empty where it is empty', async () => {
    assert.deepEqual(await readBody(new Response(null), 3), { whole: null })
    assert.deepEqual(await readBody(new Response(null, { status: 204 }), 3), { whole: null })
    assert.deepEqual(await readBody(new Response(''), 3), { whole: bytes() })
    assert.deepEqual(await readBody(source([]).response, 0), { whole: bytes() })
  })

  it('is what it is, whatever Content-Length says', async () => {
    for (const length of ['0', '1', '-5', 'x', '']) {
      const { response } = source([bytes(1, 2, 3)], { 'content-length': length })
      assert.deepEqual(await readBody(response, 3), { whole: bytes(1, 2, 3) })
    }
  })
})

describe('a body above the bound', () => {
  it('streams all of it, what was read already first', async () => {
    const { response } = source([bytes(1, 2), bytes(3, 4), bytes(5), bytes(6, 7)])
    assert.deepEqual(await streamed(await readBody(response, 3)), [1, 2, 3, 4, 5, 6, 7])
  })

  it('is read no further than to see that it is', async () => {
    const { response, pulled } = source([bytes(1, 2), bytes(3, 4), bytes(5), bytes(6)])
    await readBody(response, 3)
    assert.equal(pulled(), 2)
  })

  it('is not touched where Content-Length says so', async () => {
    const { response, pulled } = source([bytes(1, 2), bytes(3, 4)], { 'content-length': '4' })
    const body = await readBody(response, 3)
    assert.equal(pulled(), 0)
    assert.deepEqual(await streamed(body), [1, 2, 3, 4])
  })

  it('tells its source when the client goes away', async () => {
    const { response, cancelled } = source([bytes(1, 2), bytes(3, 4), bytes(5), bytes(6)])
    const body = await readBody(response, 3)
    assert.ok('streaming' in body)
    await body.streaming.cancel('gone')
    assert.equal(cancelled(), 'gone')
  })
})

describe('any body', () => {
  it('comes out as it went in', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat({ max: 12 }), async (some, max) => {
        const all = some.flatMap((chunk) => [...chunk])
        const body = await readBody(source(some).response, max)
        assert.equal('whole' in body, all.length <= max)
        assert.deepEqual('whole' in body ? [...(body.whole ?? [])] : await streamed(body), all)
      }),
    )
  })

  it('that breaks off is an error, before the bound and behind it', async () => {
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
    await assert.rejects(readBody(broken(), 100), /broken/)
    await assert.rejects(streamed(await readBody(broken(), 3)), /broken/)
  })
})
