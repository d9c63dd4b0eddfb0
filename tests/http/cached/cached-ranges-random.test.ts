/** Random bodies, chunks, ranges and clients that leave: each client gets exactly its bytes, and every source is released. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseRange } from '../../../src/http/fields/range.ts'
import { flush, testApp } from '../../support/test-app.ts'

/** A client: it comes after a number of turns of the event loop, and leaves after a number of bytes. */
interface Client {
  range: string | undefined
  afterTurns: number
  leavesAfter: number
}

interface Scenario {
  size: number
  /** Sizes of the chunks, in turn. */
  chunks: number[]
  /** Whether the source waits before its chunks, in turn. */
  waits: boolean[]
  isDeclared: boolean
  bufferBytes: number
  maxBodyBytes: number
  clients: Client[]
}

const position = fc.integer({ min: 0, max: 700 })

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  size: fc.integer({ min: 1, max: 600 }),
  chunks: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
  waits: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  isDeclared: fc.boolean(),
  bufferBytes: fc.integer({ min: 0, max: 300 }),
  maxBodyBytes: fc.integer({ min: 1, max: 900 }),
  clients: fc.array(
    fc.record({
      range: fc.option(
        fc.oneof(
          fc.tuple(position, position).map(([a, b]) => `bytes=${Math.min(a, b)}-${Math.max(a, b)}`),
          position.map((first) => `bytes=${first}-`),
          position.map((count) => `bytes=-${count}`),
        ),
        { nil: undefined },
      ),
      afterTurns: fc.integer({ min: 0, max: 4 }),
      leavesAfter: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 300 })),
    }),
    { minLength: 1, maxLength: 6 },
  ),
})

const bodyOf = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 17) % 251)

/** A source that reports when it has sent everything or is cancelled. */
function sourceOf(whole: Uint8Array, { chunks, waits }: Scenario, release: () => void) {
  let start = 0
  let turn = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (waits[turn % waits.length]) await flush()
      const end = start + (chunks[turn++ % chunks.length] ?? 1)
      if (start < whole.length) controller.enqueue(whole.slice(start, end))
      start = end
      if (start < whole.length) return
      controller.close()
      release()
    },
    cancel: release,
  })
}

/** Reads a body until its end, or until this number of bytes. */
async function read(response: Response, leavesAfter: number): Promise<{ bytes: number[]; hasLeft: boolean }> {
  const bytes: number[] = []
  const reader = response.body?.getReader()
  while (reader !== undefined) {
    if (bytes.length >= leavesAfter) {
      await reader.cancel()
      return { bytes, hasLeft: true }
    }
    const { done, value } = await reader.read()
    if (done) break
    bytes.push(...value)
  }
  return { bytes, hasLeft: false }
}

async function runClient(
  get: () => Promise<Response>,
  whole: Uint8Array,
  { isDeclared }: Scenario,
  client: Client,
): Promise<void> {
  for (let turn = 0; turn < client.afterTurns; turn++) await flush()
  const response = await get()
  const part = parseRange(client.range, whole.length)
  const { status, headers } = response
  const { bytes, hasLeft } = await read(response, client.leavesAfter)
  if (status === 416) {
    assert.equal(part, 'unsatisfiable')
    assert.equal(headers.get('content-range'), `bytes */${whole.length}`)
    return
  }
  const { first, last } =
    status === 206 && typeof part === 'object' ? part : { first: 0, last: whole.length - 1 }
  if (isDeclared) assert.equal(status, part === undefined ? 200 : 206, 'a range of a known length is cut')
  if (status === 206) assert.equal(headers.get('content-range'), `bytes ${first}-${last}/${whole.length}`)
  const expected = [...whole.slice(first, last + 1)]
  assert.deepEqual(bytes, hasLeft ? expected.slice(0, bytes.length) : expected)
}

async function run(scenario: Scenario): Promise<void> {
  const { size, isDeclared, bufferBytes, maxBodyBytes, clients } = scenario
  const whole = bodyOf(size)
  const { app, cached, get, settled } = testApp()
  let calls = 0
  const released = new Set<number>()
  app.get('/x', cached({ targetedControl: 'max-age=60', bufferBytes, maxBodyBytes }), () => {
    const call = ++calls
    const headers: HeadersInit = isDeclared ? { 'content-length': String(size) } : {}
    return new Response(
      sourceOf(whole, scenario, () => released.add(call)),
      { headers },
    )
  })
  await Promise.all(
    clients.map((client) => {
      const headers: Record<string, string> = client.range === undefined ? {} : { range: client.range }
      return runClient(() => get('/x', headers), whole, scenario, client)
    }),
  )
  await settled()
  for (let turn = 0; turn < 20 && released.size < calls; turn++) await flush()
  assert.equal(released.size, calls, 'every source has ended or was cancelled')

  const again = await get('/x')
  assert.deepEqual(await read(again, Infinity), { bytes: [...whole], hasLeft: false })
  const isStored = size <= maxBodyBytes
  assert.equal(again.headers.get('cache-status')?.startsWith('hitrate; hit'), isStored)
  if (isStored) assert.equal(calls, 1, 'the clients shared one call')
}

describe('random ranges of bodies that stream', () => {
  it('each client gets its bytes, a body that is small enough is stored, and every source is released', async () => {
    await fc.assert(fc.asyncProperty(scenarios, run), { numRuns: 60 }) // a failure prints the seed
  })
})
