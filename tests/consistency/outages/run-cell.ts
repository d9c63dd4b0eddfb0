/** One cell of the outage matrix: a client, an outage, and the figures of the reads during it and after it. */
import { createCache } from '../../../src/cache/create-cache.ts'
import { redisStore } from '../../../src/exports/stores/redis.ts'
import { outageClients } from './outage-clients.ts'
import { type Outage, type OutageName, OutageRedis, outages } from './outages.ts'

export interface Cell {
  client: string
  outage: OutageName
}

export interface CellFigures extends Cell {
  /** Number of reads, writes and invalidations during the outage, and of those that rejected or returned a wrong value. */
  operations: number
  failed: number
  /** Durations of the reads of new keys during the outage, in ms. */
  firstMs: number
  medianMs: number
  maxMs: number
  /** True if the breaker of the tier has opened. */
  hasOpened: boolean
  /** Time from the end of the outage to the first hit in the tier, in ms; `undefined` if there was none. */
  backMs: number | undefined
}

export interface CellOptions {
  /** Duration of the outage, in ms. */
  outageMs: number
  /** Longest time for which a hit is awaited after it, in ms. */
  patienceMs: number
}

/** Runs the cell in this process. The database of the reads answers at once. */
export async function runCell(cell: Cell, options: CellOptions): Promise<CellFigures> {
  const open = outageClients[cell.client]
  if (open === undefined) throw new TypeError(`no client ${cell.client}`)
  const outage: Outage = outages[cell.outage]
  const redis = await OutageRedis.start()
  const { client, close } = await open(redis.proxy.port)
  const run = new CellRun(redisStore({ client }))
  try {
    await run.untilHit(options.patienceMs)
    await outage.begin(redis)
    await run.during(options.outageMs)
    await outage.end(redis)
    return { ...cell, ...run.figures(), backMs: await run.untilHit(options.patienceMs) }
  } finally {
    await run.close()
    await close()
    await redis.end()
  }
}

class CellRun {
  readonly #cache
  readonly #durations: number[] = []
  #keys = 0
  #operations = 0
  #failed = 0
  #hasOpened = false

  constructor(remote: ReturnType<typeof redisStore>) {
    this.#cache = createCache({ remote })
  }

  /** Reads new keys, and now and then writes and invalidates. */
  async during(outageMs: number): Promise<void> {
    const end = performance.now() + outageMs
    while (performance.now() < end) {
      const key = `key ${++this.#keys}`
      const startedAt = performance.now()
      await this.#count(async () => (await this.#cache.read(key, () => key, { ttlMs: 60_000 })).value === key)
      this.#durations.push(performance.now() - startedAt)
      this.#hasOpened ||= this.#cache.stats().remoteUp === false
      if (this.#keys % 10 === 0) await this.#change(key)
      await pause(3)
    }
  }

  /** Reads one key until the tier has its value. Returns the time that it took; `undefined` if it took too long. */
  async untilHit(patienceMs: number): Promise<number | undefined> {
    const startedAt = performance.now()
    while (performance.now() < startedAt + patienceMs) {
      const { tier } = await this.#cache.read('back', () => 'value', { ttlMs: 60_000 })
      if (tier === 'remote') return performance.now() - startedAt
      await pause(5)
    }
    return undefined
  }

  figures() {
    const sorted = [...this.#durations].sort((one, other) => one - other)
    return {
      operations: this.#operations,
      failed: this.#failed,
      firstMs: this.#durations[0] ?? 0,
      medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
      maxMs: sorted.at(-1) ?? 0,
      hasOpened: this.#hasOpened,
    }
  }

  close(): Promise<void> {
    return this.#cache.close()
  }

  async #change(key: string): Promise<void> {
    const cache = this.#cache
    await this.#count(async () => typeof (await cache.write(key, 'written')).confirmed === 'boolean')
    await this.#count(async () => typeof (await cache.delete(key)).confirmed === 'boolean')
    await this.#count(async () => typeof (await cache.invalidateTags([key])).confirmed === 'boolean')
    const many = [key, `${key} of many`]
    const load = (missing: readonly string[]) => missing.map((each) => [each, each] as const)
    await this.#count(async () => (await cache.readMany(many, load)).get(key)?.value === key)
  }

  async #count(work: () => Promise<boolean>): Promise<void> {
    this.#operations++
    const isRight = await work().catch(() => false)
    if (!isRight) this.#failed++
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
