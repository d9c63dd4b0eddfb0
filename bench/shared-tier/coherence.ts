/**
 * Two processes with memory tiers that write and read the same keys: their stale reads, and the time until one returns what the other
 * has written.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreName } from '../../tests/consistency/stores/kind/address.ts'
import { FaultProxy } from '../../tests/servers/fault-proxy.ts'
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
  /**
   * True to cut off the second process from the store for {@link CUT_MS} in every {@link CUT_EVERY_MS}: messages are lost. Only the first process
   * writes then, so that each deletion is confirmed.
   */
  cuts?: boolean
}

const CUT_MS = 300

const CUT_EVERY_MS = 3000

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
  { seconds, keys, writesPerSecond, readsPerSecond, changes, cuts = false }: CoherenceOptions,
): Promise<Coherence> {
  const lab = await startLab(store)
  const members: Member[] = []
  const proxy = lab.address.store === 'redis' ? await FaultProxy.start(lab.address.port) : undefined
  const second = proxy && lab.address.store === 'redis' ? { ...lab.address, port: proxy.port } : lab.address
  let timer: NodeJS.Timeout | undefined
  try {
    members.push(await startMember(library, lab.address, lab.databasePort))
    members.push(await startMember(library, cuts ? second : lab.address, lab.databasePort))
    const half = { seconds, keys, writesPerSecond: writesPerSecond / 2, readsPerSecond: readsPerSecond / 2 }
    const ofSecond = cuts ? { ...half, writesPerSecond: 0 } : half
    const running = [members[0]?.call('history', half), members[1]?.call('history', ofSecond)]
    if (cuts) timer = setInterval(() => void cutOff(proxy), CUT_EVERY_MS)
    const histories = (await Promise.all(running)).filter((history) => history !== undefined)
    const writes = histories.reduce((sum, history) => sum + history.writes.length, 0)
    const { total, stale, oldestMs } = staleReads(histories)
    return { writes, reads: total, stale, oldestMs, delays: await delaysOf(members, changes) }
  } finally {
    clearInterval(timer)
    for (const member of members) member.kill()
    await proxy?.end()
    await lab.end()
  }
}

async function cutOff(proxy: FaultProxy | undefined): Promise<void> {
  await proxy?.set({ kind: 'refuse' })
  await sleep(CUT_MS)
  await proxy?.set({ kind: 'pass' })
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
