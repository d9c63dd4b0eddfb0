/** A response body that is read once and shared by several readers while it is streaming. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Source } from '../../../src/http/stored/byte-source.ts'
import { SharedBody } from '../../../src/http/stored/streaming-body.ts'
import { rounds } from '../../support/rounds.ts'

/** A source whose chunks and end are controlled by the test. */
function controlledSource() {
  const ready: { done: boolean; value?: Uint8Array }[] = []
  let waiting: {
    resolve: (read: { done: boolean; value?: Uint8Array }) => void
    reject: (e: unknown) => void
  }[] = []
  let failure: { error: unknown } | undefined
  const state = { reads: 0, cancelled: 0 }
  const source: Source = {
    read() {
      state.reads++
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

const nextTurn = () => new Promise<void>((resolve) => void setTimeout(resolve, 0))

async function all(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const taken: number[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return taken
    taken.push(...value)
  }
}

const completeBytes = async ({ complete }: SharedBody) => {
  const body = await complete
  return body && [...body]
}

const unhandled: unknown[] = []
const record = (error: unknown) => void unhandled.push(error)
before(() => void process.on('unhandledRejection', record))
after(async () => {
  await nextTurn()
  process.off('unhandledRejection', record)
  assert.deepEqual(unhandled, [], 'no rejection is unhandled')
})

describe('a shared body', () => {
  it('is complete for each reader, whenever the reader joins', async () => {
    const { source, give, end, state } = controlledSource()
    const body = new SharedBody([bytes(1), bytes(2)], source, 100)
    const early = all(body.stream())
    give(bytes(3))
    await nextTurn()
    const late = all(body.stream())
    give(bytes(4))
    end()
    assert.deepEqual(await Promise.all([early, late]), [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ])
    assert.deepEqual(await completeBytes(body), [1, 2, 3, 4])
    assert.equal(state.reads, 3, 'each chunk is read once')
  })

  it('delivers each chunk without waiting for the next one', async () => {
    const { source, give, end } = controlledSource()
    const body = new SharedBody([bytes(1)], source, 100)
    const reader = body.stream().getReader()
    assert.deepEqual((await reader.read()).value, bytes(1))
    give(bytes(2))
    assert.deepEqual((await reader.read()).value, bytes(2))
    end()
    assert.equal((await reader.read()).done, true)
  })

  it('lets each reader read at its own pace', async () => {
    const { source, give, end } = controlledSource()
    const body = new SharedBody([bytes(1)], source, 100)
    const slow = body.stream()
    const quick = all(body.stream())
    give(bytes(2), bytes(3))
    end()
    assert.deepEqual(await quick, [1, 2, 3])
    assert.deepEqual(await completeBytes(body), [1, 2, 3])
    assert.deepEqual(await all(slow), [1, 2, 3])
  })

  it('continues when a reader cancels', async () => {
    const { source, give, end, state } = controlledSource()
    const body = new SharedBody([bytes(1)], source, 100)
    const leaving = body.stream().getReader()
    const remaining = all(body.stream())
    await leaving.read()
    await leaving.cancel(new Error('the client went away'))
    give(bytes(2))
    end()
    assert.deepEqual(await remaining, [1, 2])
    assert.equal(state.cancelled, 0)
  })

  it('is read to its end when all readers have cancelled, and without any reader', async () => {
    for (const readers of [2, 0]) {
      const { source, give, end, state } = controlledSource()
      const body = new SharedBody([bytes(1)], source, 100)
      const streams = Array.from({ length: readers }, () => body.stream())
      await Promise.all(streams.map((stream) => stream.cancel()))
      give(bytes(2))
      await nextTurn()
      give(bytes(3))
      end()
      assert.deepEqual(await completeBytes(body), [1, 2, 3])
      assert.equal(state.cancelled, 0)
    }
  })

  it('fails for every reader after the chunks that were read, and rejects complete', async () => {
    const { source, give, fail } = controlledSource()
    const broken = new Error('broken')
    const body = new SharedBody([bytes(1)], source, 100)
    const readers = [body.stream(), body.stream()].map((stream) => stream.getReader())
    give(bytes(2))
    await nextTurn()
    fail(broken)
    await nextTurn()
    for (const reader of readers) {
      assert.deepEqual((await reader.read()).value, bytes(1))
      assert.deepEqual((await reader.read()).value, bytes(2))
      await assert.rejects(reader.read(), broken)
    }
    await assert.rejects(body.complete, broken)
  })

  it('causes no unhandled rejection when the source fails without readers', async () => {
    const { source, fail } = controlledSource()
    new SharedBody([bytes(1)], source, 100)
    fail(new Error('broken'))
    await nextTurn() // the hooks above record an unhandled rejection
  })

  it('may be empty', async () => {
    const { source, end } = controlledSource()
    const body = new SharedBody([], source, 100)
    end()
    assert.deepEqual(await completeBytes(body), [])
  })
})

describe('the bytes of a complete body', () => {
  it('are the chunk of the source if there is only one', async () => {
    const { source, end } = controlledSource()
    const piece = bytes(1, 2, 3)
    const body = new SharedBody([piece], source, 100)
    end()
    assert.equal(await body.complete, piece)
  })

  it('are one new array of the exact length if there are several chunks', async () => {
    const { source, give, end } = controlledSource()
    const pieces = [bytes(1, 2), bytes(3), bytes(4, 5, 6)]
    const body = new SharedBody([], source, 100)
    const taken: Uint8Array[] = []
    const reader = body.stream().getReader()
    give(...pieces)
    end()
    for (let read = await reader.read(); !read.done; read = await reader.read()) taken.push(read.value)
    for (const [i, piece] of pieces.entries())
      assert.equal(taken[i], piece, 'readers get the chunks of the source')
    const whole = await body.complete
    assert.deepEqual(whole, bytes(1, 2, 3, 4, 5, 6))
    assert.equal(whole?.buffer.byteLength, 6)
  })

  it('do not keep the larger buffer of a chunk in memory', async () => {
    const { source, end } = controlledSource()
    const body = new SharedBody([new Uint8Array(1000).fill(7).subarray(10, 13)], source, 100)
    end()
    const whole = await body.complete
    assert.deepEqual(whole, bytes(7, 7, 7))
    assert.equal(whole?.buffer.byteLength, 3)
  })
})

describe('a shared body that is too large to store', () => {
  const tens = (count: number) => Array.from({ length: count }, (_, i) => new Uint8Array(10).fill(i))

  it('resolves complete to undefined early, and is complete for its readers', async () => {
    const { source, give, end } = controlledSource()
    const body = new SharedBody([], source, 25)
    const streams = [body.stream(), body.stream()].map(all)
    const chunks = tens(10)
    give(...chunks.slice(0, 3))
    assert.equal(await body.complete, undefined)
    const late = all(body.stream()) // a request that shares the load joins in the same turn
    give(...chunks.slice(3))
    end()
    const expected = chunks.flatMap((chunk) => [...chunk])
    for (const taken of await Promise.all([...streams, late])) assert.deepEqual(taken, expected)
  })

  it('is stored if it has exactly maxBytes', async () => {
    const { source, give, end } = controlledSource()
    const body = new SharedBody([], source, 30)
    give(...tens(3))
    end()
    assert.equal((await body.complete)?.byteLength, 30)
  })

  it('is detected when the last chunk exceeds maxBytes', async () => {
    const { source, give, end } = controlledSource()
    const body = new SharedBody([], source, 29)
    const taken = all(body.stream())
    give(...tens(3))
    end()
    assert.equal(await body.complete, undefined)
    assert.equal((await taken).length, 30)
  })

  it('is read at most maxBytes and one chunk ahead of the slowest reader', async () => {
    const { source, give, state } = controlledSource()
    const body = new SharedBody([], source, 50)
    give(...tens(100))
    const slow = body.stream().getReader()
    const quick = body.stream().getReader()
    await body.complete
    await nextTurn()
    let taken = 0
    const racing = (async () => {
      for (;;) {
        if ((await quick.read()).done) return
        taken++
      }
    })()
    const aheadOf = async (read: number) => {
      await nextTurn()
      await nextTurn()
      assert.ok(state.reads <= read + 7, `${state.reads} chunks were read while the slow reader had ${read}`)
      assert.ok(taken <= state.reads)
    }
    await aheadOf(1) // a stream pulls one chunk before the first read
    for (let read = 1; read <= 20; read++) {
      await slow.read()
      await aheadOf(read + 1)
      assert.ok(state.reads >= read + 5, 'reads ahead')
    }
    await slow.cancel()
    await quick.cancel()
    await racing
    await nextTurn()
    assert.equal(state.cancelled, 1)
  })

  it('continues when the slow reader cancels', async () => {
    const { source, give, end } = controlledSource()
    const body = new SharedBody([], source, 20)
    const slow = body.stream()
    const quick = all(body.stream())
    give(...tens(30))
    end()
    await body.complete
    await nextTurn()
    await slow.cancel()
    assert.equal((await quick).length, 300)
  })

  it('cancels the source when the last reader cancels', async () => {
    const { source, give, state } = controlledSource()
    const body = new SharedBody([], source, 20)
    const readers = [body.stream(), body.stream()].map((stream) => stream.getReader())
    give(...tens(4))
    await body.complete
    await nextTurn()
    for (const reader of readers) {
      assert.equal(state.cancelled, 0)
      await reader.read()
      await reader.cancel()
    }
    assert.equal(state.cancelled, 1)
  })

  it('cancels the source when there is no reader', async () => {
    const { source, give, state } = controlledSource()
    new SharedBody([], source, 20)
    give(...tens(4))
    await nextTurn()
    await nextTurn()
    assert.equal(state.cancelled, 1)
    assert.equal(state.reads, 3 + 1, 'reads one chunk beyond maxBytes')
  })

  it('fails for every reader after the chunks that were read', async () => {
    const { source, give, fail } = controlledSource()
    const body = new SharedBody([], source, 20)
    const readers = [body.stream(), body.stream()].map((stream) => stream.getReader())
    give(...tens(3))
    await body.complete
    fail(new Error('broken'))
    for (const reader of readers) {
      for (const chunk of tens(3)) assert.deepEqual((await reader.read()).value, chunk)
      await assert.rejects(reader.read(), /broken/)
    }
  })

  it('may exceed maxBytes with the chunks that were already read', async () => {
    const { source, give, end, state } = controlledSource()
    const body = new SharedBody([new Uint8Array(30)], source, 20)
    const taken = all(body.stream())
    assert.equal(await body.complete, undefined)
    give(new Uint8Array(5))
    end()
    assert.equal((await taken).length, 35)
    assert.equal(state.cancelled, 0)
  })
})

describe('any shared body, with any chunks and readers', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('give' as const), chunk: fc.uint8Array({ maxLength: 8 }) }),
    fc.record({ do: fc.constant('read' as const), reader: fc.nat(9) }),
    fc.record({ do: fc.constant('cancel' as const), reader: fc.nat(9) }),
    fc.record({ do: fc.constant('turn' as const) }),
  )
  const ending = fc.constantFrom('ends', 'fails')

  it('is the same for each reader that does not cancel, up to its end or its error', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 3 }),
      fc.array(step, { maxLength: 40 }),
      ending,
      fc.nat(60),
      fc.integer({ min: 0, max: 6 }),
      async (initial, steps, ends, maxBytes, readers) => {
        const { source, give, end, fail } = controlledSource()
        const body = new SharedBody(initial, source, maxBytes)
        const sent = initial.flatMap((chunk) => [...chunk])
        const streams = Array.from({ length: readers }, () => ({
          reader: body.stream().getReader(),
          taken: [] as number[],
          pending: Promise.resolve() as Promise<unknown>,
          isCancelled: false,
        }))
        const read = (one: (typeof streams)[number]) => {
          one.pending = one.pending.then(async () => {
            const { value } = await one.reader.read()
            one.taken.push(...(value ?? []))
          })
          one.pending.catch(() => {})
        }
        for (const step of steps) {
          const one = 'reader' in step ? streams[step.reader] : undefined
          if (step.do === 'give') {
            give(step.chunk)
            sent.push(...step.chunk)
          }
          if (step.do === 'turn') await nextTurn()
          if (one === undefined || one.isCancelled) continue
          if (step.do === 'read') read(one)
          if (step.do === 'cancel') {
            one.isCancelled = true
            await one.reader.cancel().catch(() => {})
          }
        }
        const remaining = streams.filter(({ isCancelled }) => !isCancelled)
        const rest = Promise.all(
          remaining.map(async (one) => {
            await one.pending
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
        const mustFail = ends === 'fails' && remaining.length > 0
        assert.equal(await failed, mustFail)
        for (const { taken } of remaining) {
          if (ends === 'ends') assert.deepEqual(taken, sent)
          else assert.deepEqual(taken, sent.slice(0, taken.length))
        }
        const isTooLarge = sent.length > maxBytes
        const whole = await completeBytes(body).catch(() => 'broken')
        if (ends === 'ends') assert.deepEqual(whole, isTooLarge ? undefined : sent)
        else assert.ok(whole === 'broken' || (isTooLarge && whole === undefined))
      },
    )
    await fc.assert(property, { numRuns: rounds(100, 300) }) // a failure prints the seed
  })
})

describe('a body that is held for its first reader', () => {
  function heldBody() {
    const { source, give, end } = controlledSource()
    const body = new SharedBody([bytes(1)], source, 100)
    const [first, other] = [body.stream(true).getReader(), body.stream().getReader()]
    const isForAll = Promise.withResolvers<boolean>()
    return { body, give, end, first, other, isForAll }
  }

  it('reaches the other readers once it is for all', async () => {
    const { body, give, end, first, other, isForAll } = heldBody()
    assert.deepEqual((await other.read()).value, bytes(1))
    body.hold(isForAll.promise)
    give(bytes(2))
    end()
    assert.deepEqual([(await first.read()).value, (await first.read()).value], [bytes(1), bytes(2)])
    const late = other.read()
    assert.equal(await Promise.race([late, nextTurn()]), undefined)
    isForAll.resolve(true)
    assert.deepEqual((await late).value, bytes(2))
    assert.deepEqual(await body.complete, bytes(1, 2))
  })

  it('fails for the other readers and for later ones if it is not for all, and is not complete', async () => {
    const { body, give, end, first, other, isForAll } = heldBody()
    body.hold(isForAll.promise)
    give(bytes(2))
    isForAll.resolve(false)
    await assert.rejects(async () => all(body.stream()), /for another client/)
    await assert.rejects(async () => {
      for (let reads = 0; reads < 3; reads++) await other.read()
    }, /for another client/)
    assert.equal(await body.complete, undefined)
    end()
    assert.deepEqual([(await first.read()).value, (await first.read()).value], [bytes(1), bytes(2)])
    assert.equal((await first.read()).done, true)
  })

  it('is not for all if the judgement fails', async () => {
    const { body, give, other } = heldBody()
    body.hold(Promise.reject(new Error('no judgement')))
    give(bytes(2))
    await assert.rejects(async () => {
      for (let reads = 0; reads < 3; reads++) await other.read()
    }, /for another client/)
  })
})
