/** One cell of the outage matrix: a store, its client, an outage, and the figures of the reads during it and after it. */
import { createCache } from '../../../src/cache/create-cache.ts'
import type { SharedTier } from '../../../src/cache/shared-tier.ts'
import { connect } from '../stores/connect.ts'
import type { StoreName } from '../stores/kind/address.ts'
import type { StartedOutage } from '../stores/kind/outage-kind.ts'
import { outageKinds } from '../stores/outage-kinds.ts'

export interface Cell {
  store: StoreName
  client: string
  outage: string
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

/** Number of reads during an outage, however slow the machine is. */
const LEAST_READS = 20

/** Runs the cell in this process. The database of the reads answers at once. */
export async function runCell(cell: Cell, options: CellOptions): Promise<CellFigures> {
  const outage = await outageKinds[cell.store].start(cell.outage)
  const { remote, close } = await connect(outage.address(cell.client))
  const run = new CellRun(remote, outage)
  try {
    await run.untilHit(options.patienceMs)
    await outage.begin()
    await run.during(options.outageMs)
    await outage.repair()
    return { ...cell, ...run.figures(), backMs: await run.untilHit(options.patienceMs) }
  } finally {
    await run.close()
    await close()
    await outage.end()
  }
}

class CellRun {
  readonly #cache
  readonly #outage: StartedOutage
  readonly #durations: number[] = []
  #keys = 0
  #operations = 0
  #failed = 0
  #hasOpened = false

  constructor(remote: SharedTier, outage: StartedOutage) {
    this.#cache = createCache({ remote })
    this.#outage = outage
  }

  /** Reads new keys, and now and then writes and invalidates. */
  async during(outageMs: number): Promise<void> {
    const end = performance.now() + outageMs
    while (performance.now() < end || this.#keys < LEAST_READS) {
      const key = `key ${++this.#keys}`
      const startedAt = performance.now()
      const value = this.#outage.valueAt(key)
      await this.#count(
        async () => (await this.#cache.read(key, () => value, { ttlMs: 60_000 })).value === value,
      )
      this.#durations.push(performance.now() - startedAt)
      this.#hasOpened ||= this.#cache.stats().remoteUp === false
      if (this.#keys % 10 === 0) await this.#change(key)
      await pause(3)
    }
  }

  /** Reads keys until the tier has their values. Returns the time that it took; `undefined` if it took too long. */
  async untilHit(patienceMs: number): Promise<number | undefined> {
    const keys = Array.from({ length: this.#outage.hits }, (_, i) => `back ${i}`)
    const startedAt = performance.now()
    while (performance.now() < startedAt + patienceMs) {
      const reads = await Promise.all(
        keys.map(async (key) => this.#cache.read(key, () => 'value', { ttlMs: 60_000 })),
      )
      if (reads.every(({ tier }) => tier === 'remote')) return performance.now() - startedAt
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
