/**
 * Two processes with memory tiers that write and read the same keys: their stale reads, and the time until one returns what the other
 * has written.
 */
import type { StoreName } from '../../tests/consistency/stores/kind/address.ts'
import type { LibraryName } from './libraries.ts'
import type { History } from './member.ts'
import { startLab } from './start-lab.ts'
import { type Member, startMember } from './start-member.ts'

export interface CoherenceOptions {
  seconds: number
  keys: number
  /** Of both processes together. */
  writesPerSecond: number
  readsPerSecond: number
  /** Number of changes whose delay is measured. */
  changes: number
}

export interface Coherence {
  writes: number
  reads: number
  /** Reads that returned a value older than a version whose deletion was confirmed before the read began. */
  stale: number
  /** Age of the oldest stale read: the time since the deletion was confirmed, in ms. */
  oldestMs: number
  /** Times from a deletion in one process to the first read of the new value in the other, in ms; `Infinity` after 5 s. */
  delays: number[]
}

export async function measureCoherence(
  library: LibraryName,
  store: StoreName,
  { seconds, keys, writesPerSecond, readsPerSecond, changes }: CoherenceOptions,
): Promise<Coherence> {
  const lab = await startLab(store)
  const members: Member[] = []
  try {
    for (let i = 0; i < 2; i++) members.push(await startMember(library, lab.address, lab.databasePort))
    const half = { seconds, keys, writesPerSecond: writesPerSecond / 2, readsPerSecond: readsPerSecond / 2 }
    const histories = await Promise.all(members.map((member) => member.call('history', half)))
    const writes = histories.reduce((sum, history) => sum + history.writes.length, 0)
    const { total, stale, oldestMs } = staleReads(histories)
    return { writes, reads: total, stale, oldestMs, delays: await delaysOf(members, changes) }
  } finally {
    for (const member of members) member.kill()
    await lab.end()
  }
}

function staleReads(histories: readonly History[]): { total: number; stale: number; oldestMs: number } {
  const writesOf = new Map<number, { version: number; at: number }[]>()
  for (const [key, version, at] of histories.flatMap(({ writes }) => writes)) {
    const writes = writesOf.get(key) ?? []
    writes.push({ version, at })
    writesOf.set(key, writes)
  }
  const reads = histories.flatMap(({ reads }) => reads)
  let stale = 0
  let oldestMs = 0
  for (const [key, version, at] of reads) {
    const missed = (writesOf.get(key) ?? []).filter((write) => write.version > version && write.at < at)
    if (missed.length === 0) continue
    stale++
    oldestMs = Math.max(oldestMs, at - Math.min(...missed.map((write) => write.at)))
  }
  return { total: reads.length, stale, oldestMs }
}

/** Times from the call of a deletion in one process to the first read of the new value in the other. */
async function delaysOf([writer, reader]: readonly Member[], changes: number): Promise<number[]> {
  if (writer === undefined || reader === undefined) return []
  const delays: number[] = []
  for (let i = 0; i < changes; i++) {
    const waiting = reader.event('waiting')
    const changed = reader.call('waitForChange', 'watched')
    await waiting
    const calledAt = await writer.call('change', 'watched')
    // A library without messages keeps the old value for its whole lifetime.
    const seenAt = await Promise.race([
      changed,
      new Promise<number>((resolve) => setTimeout(resolve, 5000, Infinity)),
    ])
    delays.push(seenAt - calledAt)
    if (seenAt === Infinity) break
  }
  return delays
}
