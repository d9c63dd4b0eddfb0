/** A body that is read once and given to many while it grows. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type SharedBody, type Source, shareBody } from '../../../src/http/stored/streaming-body.ts'

/** A source that gives what the test puts into it. */
function spring() {
  const ready: { done: boolean; value?: Uint8Array }[] = []
  let waiting: {
    resolve: (read: { done: boolean; value?: Uint8Array }) => void
    reject: (e: unknown) => void
  }[] = []
  let failure: { error: unknown } | undefined
  const state = { asked: 0, cancelled: 0 }
  const source: Source = {
    read() {
      state.asked++
      const next = ready.shift()
      if (next !== undefined) return Promise.resolve(next)
      if (failure !== undefined) return Promise.reject(failure.error)
      return new Promise((resolve, reject) => void waiting.push({ resolve, reject }))
    },
    async cancel() {
      state.cancelled++
      for (const { resolve } of waiting) resolve({ done: true })
      waiting = []
    },
  }

  function put(read: { done: boolean; value?: Uint8Array }): void {
    const first = waiting.shift()
    if (first === undefined) ready.push(read)
    else first.resolve(read)
  }

  return {
    source,
    state,
    give: (...chunks: Uint8Array[]) => {
      for (const value of chunks) put({ done: false, value })
    },
    end: () => put({ done: true }),
    fail(error: unknown) {
      failure = { error }
      for (const { reject } of waiting) reject(error)
      waiting = []
    },
  }
}

const bytes = (...values: number[]) => Uint8Array.from(values)

const passed = () => new Promise<void>((resolve) => void setTimeout(resolve, 0))

async function all(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const taken: number[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return taken
    taken.push(...value)
  }
}

const wholeOf = async ({ complete }: SharedBody) => {
  const kept = await complete
  return kept && [...kept]
}

const unheard: unknown[] = []
const hear = (error: unknown) => void unheard.push(error)
before(() => void process.on('unhandledRejection', hear))
after(async () => {
  await passed()
  process.off('unhandledRejection', hear)
  assert.deepEqual(unheard, [], 'every rejection was heard of')
})

describe('a body that grows', () => {
  it('is all of it for each reader, whenever that one comes', async () => {
    const { source, give, end, state } = spring()
    const body = shareBody([bytes(1), bytes(2)], source, 100)
    const early = all(body.stream())
    give(bytes(3))
    await passed()
    const late = all(body.stream())
    give(bytes(4))
    end()
    assert.deepEqual(await Promise.all([early, late]), [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ])
    assert.deepEqual(await wholeOf(body), [1, 2, 3, 4])
    assert.equal(state.asked, 3, 'it is read once')
  })

  it('gives each piece at once, while the next is waited for', async () => {
    const { source, give, end } = spring()
    const body = shareBody([bytes(1)], source, 100)
    const reader = body.stream().getReader()
    assert.deepEqual((await reader.read()).value, bytes(1))
    give(bytes(2))
    assert.deepEqual((await reader.read()).value, bytes(2))
    end()
    assert.equal((await reader.read()).done, true)
  })

  it('goes at its readers’ own paces: the slow one holds up nobody', async () => {
    const { source, give, end } = spring()
    const body = shareBody([bytes(1)], source, 100)
    const slow = body.stream()
    const quick = all(body.stream())
    give(bytes(2), bytes(3))
    end()
    assert.deepEqual(await quick, [1, 2, 3])
    assert.deepEqual(await wholeOf(body), [1, 2, 3])
    assert.deepEqual(await all(slow), [1, 2, 3])
  })

  it('goes on when a reader leaves', async () => {
    const { source, give, end, state } = spring()
    const body = shareBody([bytes(1)], source, 100)
    const leaving = body.stream().getReader()
    const staying = all(body.stream())
    await leaving.read()
    await leaving.cancel(new Error('the client went away'))
    give(bytes(2))
    end()
    assert.deepEqual(await staying, [1, 2])
    assert.equal(state.cancelled, 0)
  })

  it('is read to its end when all have left, and when nobody came', async () => {
    for (const readers of [2, 0]) {
      const { source, give, end, state } = spring()
      const body = shareBody([bytes(1)], source, 100)
      const streams = Array.from({ length: readers }, () => body.stream())
      await Promise.all(streams.map((stream) => stream.cancel()))
      give(bytes(2))
      await passed()
      give(bytes(3))
      end()
      assert.deepEqual(await wholeOf(body), [1, 2, 3])
      assert.equal(state.cancelled, 0)
    }
  })

  it('that breaks off does so for every reader, after what there was, and is no whole', async () => {
    const { source, give, fail } = spring()
    const broken = new Error('broken')
    const body = shareBody([bytes(1)], source, 100)
    const readers = [body.stream(), body.stream()].map((stream) => stream.getReader())
    give(bytes(2))
    await passed()
    fail(broken)
    await passed()
    for (const reader of readers) {
      assert.deepEqual((await reader.read()).value, bytes(1))
      assert.deepEqual((await reader.read()).value, bytes(2))
      await assert.rejects(reader.read(), broken)
    }
    await assert.rejects(body.complete, broken)
  })

  it('that breaks off with nobody there troubles nobody', async () => {
    const { source, fail } = spring()
    shareBody([bytes(1)], source, 100)
    fail(new Error('broken'))
    await passed() // the hooks above hear of a rejection that nobody handles
  })

  it('may be nothing at all', async () => {
    const { source, end } = spring()
    const body = shareBody([], source, 100)
    end()
    assert.deepEqual(await wholeOf(body), [])
  })
})

describe('the memory of a body', () => {
  it('is its source’s own piece, where it comes in one', async () => {
    const { source, end } = spring()
    const piece = bytes(1, 2, 3)
    const body = shareBody([piece], source, 100)
    end()
    assert.equal(await body.complete, piece)
  })

  it('is one new piece exactly as large, where it comes in many', async () => {
    const { source, give, end } = spring()
    const pieces = [bytes(1, 2), bytes(3), bytes(4, 5, 6)]
    const body = shareBody([], source, 100)
    const taken: Uint8Array[] = []
    const reader = body.stream().getReader()
    give(...pieces)
    end()
    for (let read = await reader.read(); !read.done; read = await reader.read()) taken.push(read.value)
    for (const [i, piece] of pieces.entries())
      assert.equal(taken[i], piece, 'its readers get the very pieces')
    const whole = await body.complete
    assert.deepEqual(whole, bytes(1, 2, 3, 4, 5, 6))
    assert.equal(whole?.buffer.byteLength, 6)
  })

  it('is not all of a larger buffer that it is a part of', async () => {
    const { source, end } = spring()
    const body = shareBody([new Uint8Array(1000).fill(7).subarray(10, 13)], source, 100)
    end()
    const whole = await body.complete
    assert.deepEqual(whole, bytes(7, 7, 7))
    assert.equal(whole?.buffer.byteLength, 3)
  })
})

describe('a body that is too large to be kept', () => {
  const tens = (count: number) => Array.from({ length: count }, (_, i) => new Uint8Array(10).fill(i))

  it('is no whole as soon as that is known, and all of it for those who read it', async () => {
    const { source, give, end } = spring()
    const body = shareBody([], source, 25)
    const streams = [body.stream(), body.stream()].map(all)
    const chunks = tens(10)
    give(...chunks.slice(0, 3))
    assert.equal(await body.complete, undefined)
    const late = all(body.stream()) // one who was promised it before
    give(...chunks.slice(3))
    end()
    const expected = chunks.flatMap((chunk) => [...chunk])
    for (const taken of await Promise.all([...streams, late])) assert.deepEqual(taken, expected)
  })

  it('is a whole when it is exactly as large as may be kept', async () => {
    const { source, give, end } = spring()
    const body = shareBody([], source, 30)
    give(...tens(3))
    end()
    assert.equal((await body.complete)?.byteLength, 30)
  })

  it('is no whole either where its last piece makes it too large', async () => {
    const { source, give, end } = spring()
    const body = shareBody([], source, 29)
    const taken = all(body.stream())
    give(...tens(3))
    end()
    assert.equal(await body.complete, undefined)
    assert.equal((await taken).length, 30)
  })

  it('is read no further ahead of the slowest than may be kept, and one piece', async () => {
    const { source, give, state } = spring()
    const body = shareBody([], source, 50)
    give(...tens(100))
    const slow = body.stream().getReader()
    const quick = body.stream().getReader()
    await body.complete
    await passed()
    let taken = 0
    const racing = (async () => {
      for (;;) {
        if ((await quick.read()).done) return
        taken++
      }
    })()
    const aheadOf = async (read: number) => {
      await passed()
      await passed()
      assert.ok(state.asked <= read + 7, `${state.asked} were read while the slow one had ${read}`)
      assert.ok(taken <= state.asked)
    }
    await aheadOf(1) // a stream takes one piece before it is asked
    for (let read = 1; read <= 20; read++) {
      await slow.read()
      await aheadOf(read + 1)
      assert.ok(state.asked >= read + 5, 'but so far it is')
    }
    await slow.cancel()
    await quick.cancel()
    await racing
    await passed()
    assert.equal(state.cancelled, 1)
  })

  it('waits for a slow one who leaves no longer', async () => {
    const { source, give, end } = spring()
    const body = shareBody([], source, 20)
    const slow = body.stream()
    const quick = all(body.stream())
    give(...tens(30))
    end()
    await body.complete
    await passed()
    await slow.cancel()
    assert.equal((await quick).length, 300)
  })

  it('gives its source back when the last reader goes, whatever it waits for', async () => {
    const { source, give, state } = spring()
    const body = shareBody([], source, 20)
    const readers = [body.stream(), body.stream()].map((stream) => stream.getReader())
    give(...tens(4))
    await body.complete
    await passed()
    for (const reader of readers) {
      assert.equal(state.cancelled, 0)
      await reader.read()
      await reader.cancel()
    }
    assert.equal(state.cancelled, 1)
  })

  it('gives its source back when nobody comes', async () => {
    const { source, give, state } = spring()
    shareBody([], source, 20)
    give(...tens(4))
    await passed()
    await passed()
    assert.equal(state.cancelled, 1)
    assert.equal(state.asked, 3 + 1, 'and no more than that was read')
  })

  it('that breaks off does so for every reader, after all that was read', async () => {
    const { source, give, fail } = spring()
    const body = shareBody([], source, 20)
    const readers = [body.stream(), body.stream()].map((stream) => stream.getReader())
    give(...tens(3))
    await body.complete
    fail(new Error('broken'))
    for (const reader of readers) {
      for (const chunk of tens(3)) assert.deepEqual((await reader.read()).value, chunk)
      await assert.rejects(reader.read(), /broken/)
    }
  })

  it('may be known to be so from the first', async () => {
    const { source, give, end, state } = spring()
    const body = shareBody([new Uint8Array(30)], source, 20)
    const taken = all(body.stream())
    assert.equal(await body.complete, undefined)
    give(new Uint8Array(5))
    end()
    assert.equal((await taken).length, 35)
    assert.equal(state.cancelled, 0)
  })
})

describe('any body, however it comes, whoever reads it', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('give' as const), chunk: fc.uint8Array({ maxLength: 8 }) }),
    fc.record({ do: fc.constant('read' as const), who: fc.nat(9) }),
    fc.record({ do: fc.constant('leave' as const), who: fc.nat(9) }),
    fc.record({ do: fc.constant('pass' as const) }),
  )
  const ending = fc.constantFrom('ends', 'breaks off')

  it('is the same for each who stays, up to its end or its error', async () => {
    const story = fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 3 }),
      fc.array(step, { maxLength: 40 }),
      ending,
      fc.nat(60),
      fc.integer({ min: 0, max: 6 }),
      async (begun, steps, ends, maxBytes, readers) => {
        const { source, give, end, fail } = spring()
        const body = shareBody(begun, source, maxBytes)
        const sent = begun.flatMap((chunk) => [...chunk])
        const streams = Array.from({ length: readers }, () => ({
          reader: body.stream().getReader(),
          taken: [] as number[],
          under: Promise.resolve() as Promise<unknown>,
          left: false,
        }))
        const read = (one: (typeof streams)[number]) => {
          one.under = one.under.then(async () => {
            const { value } = await one.reader.read()
            one.taken.push(...(value ?? []))
          })
          one.under.catch(() => {})
        }
        for (const step of steps) {
          const one = 'who' in step ? streams[step.who] : undefined
          if (step.do === 'give') {
            give(step.chunk)
            sent.push(...step.chunk)
          }
          if (step.do === 'pass') await passed()
          if (one === undefined || one.left) continue
          if (step.do === 'read') read(one)
          if (step.do === 'leave') {
            one.left = true
            await one.reader.cancel().catch(() => {})
          }
        }
        const staying = streams.filter(({ left }) => !left)
        const rest = Promise.all(
          staying.map(async (one) => {
            await one.under
            for (let read = await one.reader.read(); !read.done; read = await one.reader.read()) {
              one.taken.push(...read.value)
            }
          }),
        )
        const failed = rest.then(
          () => false,
          () => true,
        )
        if (ends === 'ends') end()
        else fail(new Error('broken'))
        const mustFail = ends === 'breaks off' && staying.length > 0
        assert.equal(await failed, mustFail)
        for (const { taken } of staying) {
          if (ends === 'ends') assert.deepEqual(taken, sent)
          else assert.deepEqual(taken, sent.slice(0, taken.length))
        }
        const isTooLarge = sent.length > maxBytes
        const whole = await wholeOf(body).catch(() => 'broken')
        if (ends === 'ends') assert.deepEqual(whole, isTooLarge ? undefined : sent)
        else assert.ok(whole === 'broken' || (isTooLarge && whole === undefined))
      },
    )
    await fc.assert(story, { numRuns: 300 }) // a failure prints the seed
  })
})
