/** Times reads of several contenders, which take turns: one at a time, and many in flight. */
import process from 'node:process'

export type ReadOne = (key: string) => Promise<unknown>

/** Figures of one contender, one per round, in µs; `perSecond` in reads per second. */
export interface Figures {
  p50: number[]
  p99: number[]
  perSecond: number[]
  /** Processor time of this process for each read while many are in flight, in µs. */
  cpu: number[]
}

export type ReadFigures = Record<string, Figures>

/** Reads of one round: one at a time, and in flight. */
const SINGLE = 400
const MANY = 6000
const IN_FLIGHT = 100

/** Keys that are read in turn. */
export const KEYS: readonly string[] = Array.from({ length: 16 }, (_, i) => `user:${i}`)

/** About 1 kB of JSON. */
export const row = {
  id: 'user_001',
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  roles: ['admin', 'author'],
  biography: 'Analytical engines weave algebraic patterns. '.repeat(19),
  visits: 12,
}

/** Warms up all contenders, then lets each begin in turn. */
export async function timeReads(reads: Record<string, ReadOne>, rounds: number): Promise<ReadFigures> {
  const result: ReadFigures = {}
  const entries = Object.entries(reads)
  for (const [title, read] of entries) {
    result[title] = { p50: [], p99: [], perSecond: [], cpu: [] }
    for (let i = 0; i < 3; i++) await many(read)
    await single(read)
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < entries.length; i++) {
      const [title = '', read] = entries[(i + round) % entries.length] ?? []
      const figures = result[title]
      if (read === undefined || figures === undefined) continue
      const times = await single(read)
      figures.p50.push(quantile(times, 0.5))
      figures.p99.push(quantile(times, 0.99))
      const { perSecond, cpu } = await many(read)
      figures.perSecond.push(perSecond)
      figures.cpu.push(cpu)
    }
  }
  return result
}

/** Times of reads, one at a time, in µs. */
async function single(read: ReadOne): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < SINGLE; i++) {
    const startedAt = performance.now()
    await read(KEYS[i & 15] ?? '')
    times.push((performance.now() - startedAt) * 1000)
  }
  return times
}

async function many(read: ReadOne): Promise<{ perSecond: number; cpu: number }> {
  let next = 0
  async function reader(): Promise<void> {
    while (next < MANY) await read(KEYS[next++ & 15] ?? '')
  }
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  await Promise.all(Array.from({ length: IN_FLIGHT }, reader))
  const { user, system } = process.cpuUsage(cpuBefore)
  return { perSecond: (MANY * 1000) / (performance.now() - startedAt), cpu: (user + system) / MANY }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN
}
