/** Reads through a cache before, while and after something fails. */
import { fileURLToPath } from 'node:url'
import type { Address, StoreName } from '../../tests/consistency/stores/kind/address.ts'
import { CalledProcess } from '../called-process.ts'
import { quantile } from '../spread.ts'
import type { CacheName } from './caches.ts'
import { startFailure } from './failures.ts'
import type { Commands, Sample } from './reader.ts'

/** Time for which a recovery is awaited, in ms. */
const RECOVERY_MS = 10_000

const PAUSE_MS = 10

/** Reads each known key twice. */
const WARM_UP_READS = 100

export interface Measured {
  /** Shares of the reads that got a value in time, between 0 and 1. */
  known: number
  fresh: number
  /** Values older than their lifetime, of known keys. */
  stale: number
  reads: number
  /** Time to a value, in ms. */
  p50: number
  p99: number
  loads: number
  /** Rejections that nothing handled: they end a process that does not expect them. */
  unhandled: number
  /** Time from the repair until values are shared again or fresh again, in ms; `Infinity` after 10 s. */
  recoveryMs: number
}

export async function measureFailure(
  library: CacheName,
  store: StoreName,
  name: string,
  outageMs: number,
): Promise<Measured> {
  const failure = await startFailure(store, name)
  const { database = 'works' } = failure
  const reader = startReader(library, failure.address, failure.uid)
  let unhandled = 0
  reader.events.on('unhandled', () => unhandled++)
  try {
    await reader.call('ready')
    await reader.call('read', { times: WARM_UP_READS, pauseMs: PAUSE_MS })
    await failure.begin()
    await reader.call('setDatabase', database)
    const { samples, loads } = await reader.call('read', {
      times: outageMs / PAUSE_MS,
      pauseMs: PAUSE_MS,
    })
    await failure.repair()
    await reader.call('setDatabase', 'works')
    const recoveryMs = await reader.call(database === 'works' ? 'timeToShare' : 'timeToFresh', RECOVERY_MS)
    // JSON has no Infinity.
    return { ...summaryOf(samples), loads, unhandled, recoveryMs: recoveryMs ?? Number.POSITIVE_INFINITY }
  } finally {
    reader.kill()
    await failure.end()
  }
}

export function startReader(library: CacheName, address: Address, uid?: number): CalledProcess<Commands> {
  const program = fileURLToPath(new URL('reader.ts', import.meta.url))
  return new CalledProcess(program, [library, JSON.stringify(address)], uid)
}

function summaryOf(samples: readonly Sample[]) {
  const share = (of: readonly Sample[]) => of.filter(({ ms }) => ms !== undefined).length / of.length
  const times = samples.flatMap(({ ms }) => (ms === undefined ? [] : [ms]))
  const known = samples.filter(({ isKnown }) => isKnown)
  return {
    known: share(known),
    fresh: share(samples.filter(({ isKnown }) => !isKnown)),
    stale: known.filter(({ isStale }) => isStale).length,
    reads: samples.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  }
}
