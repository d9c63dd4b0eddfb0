/** Clients that stop in the middle of a request, or send nothing. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { incompletePart } from '../generate/generate-script.ts'
import { Random } from '../generate/random.ts'
import { fuzzedApp } from './fuzzed-app.ts'
import type { Listener } from './listener.ts'
import { ResponseReader } from './response-reader.ts'

interface Texts {
  complete: string
  incomplete: string
}

/** Timeouts in ms that end a stalled connection soon. */
const TIMEOUTS = {
  headersTimeout: 400,
  requestTimeout: 400,
  keepAliveTimeout: 400,
  connectionsCheckingInterval: 100,
}

/** Time in ms within which a server must close a stalled connection. A sweep of `frontServer` takes a second. */
const LIMIT_MS = 10_000

/**
 * Opens connections to each server at the same time. Each one sends up to two requests, and then an incomplete one or nothing.
 * Returns how the servers differ: each must close the connection after the same responses, with a 408 or without.
 */
export async function playStalled(
  listeners: readonly Listener[],
  { seed, connections }: { seed: number; connections: number },
): Promise<string[]> {
  const servers = await Promise.all(
    listeners.map((listener) =>
      listener.listen(
        fuzzedApp(() => 0),
        TIMEOUTS,
      ),
    ),
  )
  const random = new Random(seed)
  const all = Array.from({ length: connections }, () => textsOf(random))
  try {
    const found = await Promise.all(
      all.map(async (texts) => {
        const ends = await Promise.all(servers.map(({ port }) => stall(port, texts)))
        const areAlike = ends.every((end) => end === ends[0] && end.endsWith('closed'))
        return areAlike ? [] : [describeEnds(texts, listeners, ends)]
      }),
    )
    return found.flat()
  } finally {
    for (const server of servers) server.close()
  }
}

function textsOf(random: Random): Texts {
  return {
    complete: 'GET /hit/small HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(random.below(3)),
    incomplete: random.chance(0.2) ? '' : incompletePart(random).text,
  }
}

/** Returns the statuses of the responses, without 408, and whether the server closed the connection. */
async function stall(port: number, { complete, incomplete }: Texts): Promise<string> {
  const reader = new ResponseReader()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('data', (chunk: Buffer) => reader.push(chunk.toString('latin1')))
  socket.on('error', () => undefined) // the server may reset the connection
  const closed = once(socket, 'close').then(() => 'closed')
  const isLate = new Promise<string>((resolve) => setTimeout(resolve, LIMIT_MS, 'open').unref())
  socket.write(complete, 'latin1')
  await setImmediate()
  socket.write(incomplete, 'latin1')
  const end = await Promise.race([closed, isLate])
  socket.destroy()
  const statuses = reader.responses.map(({ status }) => status).filter((status) => status !== 408)
  return [...statuses, end].join(' ')
}

function describeEnds(texts: Texts, listeners: readonly Listener[], ends: readonly string[]): string {
  const outcomes = listeners.map(({ name }, i) => `${name}: ${ends[i]}`)
  return `${JSON.stringify(texts.complete + texts.incomplete)}\n  ${outcomes.join('\n  ')}`
}
