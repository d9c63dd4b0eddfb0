/** Clients that reset their connections. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Random } from '../generate/random.ts'
import { countParts, type Script, writesOf } from '../script.ts'
import { type FuzzedApp, fuzzedApp } from './fuzzed-app.ts'
import type { Listener, Listening } from './listener.ts'
import { playScript } from './play-script.ts'

/** Time in ms within which a server must have noticed the resets. Usually a few turns of the event loop are enough. */
const LIMIT_MS = 10_000

/** A part may be two requests, and each counts at most twice: a read of the cache, and a call of the handler. */
const MAX_COUNTS = 4

/**
 * Plays scripts whose clients reset the connection after some of the writes. Returns what is wrong afterwards: nothing if the
 * server has no connection and no request left, still serves, and has counted no more than what was sent.
 */
export async function playResets(listener: Listener, scripts: Iterable<Script>): Promise<string[]> {
  const made = fuzzedApp(() => 0)
  const listening = await listener.listen(made)
  let sent = 0
  try {
    for (const script of scripts) {
      sent += countParts(script)
      await reset(listening.port, script)
    }
    return await faultsAfter(made, listening, sent)
  } finally {
    listening.close()
  }
}

async function reset(port: number, script: Script): Promise<void> {
  const random = new Random(script.seed)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => undefined) // the server may close the connection first
  await once(socket, 'connect')
  if (random.chance(0.5)) socket.resume() // the others read nothing
  const writes = script.rounds.flatMap(writesOf)
  for (const write of writes.slice(0, 1 + random.below(writes.length))) {
    socket.write(write, 'latin1')
    if (random.chance(0.7)) await setImmediate()
  }
  socket.resetAndDestroy()
}

async function faultsAfter(made: FuzzedApp, listening: Listening, sent: number): Promise<string[]> {
  let open = await listening.connections()
  const startedAt = performance.now()
  while ((open > 0 || !made.isIdle()) && performance.now() - startedAt < LIMIT_MS) {
    await setTimeout(1)
    open = await listening.connections()
  }
  const counted = Object.values(made.counts).reduce((sum, count) => sum + count, 0)
  const { responses } = await playScript(listening.port, onlySentinel, made.isIdle)
  const faults: string[] = []
  if (open > 0) faults.push(`${open} connections are open`)
  if (!made.isIdle()) faults.push('the app still serves a request')
  if (counted > sent * MAX_COUNTS) faults.push(`${counted} reads and calls counted for ${sent} requests`)
  if (responses.at(-1)?.body !== 'sentinel') faults.push('the server does not serve')
  return faults
}

const onlySentinel: Script = { seed: 0, rounds: [], ending: 'sentinel', readsLate: false }
