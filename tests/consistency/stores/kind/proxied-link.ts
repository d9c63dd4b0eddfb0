/** The way of one process to a server: through proxies that fail at random. */
import type { Fault, FaultProxy } from '../../../servers/fault-proxy.ts'
import type { Address } from './address.ts'
import type { StoreLink } from './history-store.ts'
import { pause, type RandomFaults } from './random-faults.ts'

const kinds = ['delay', 'freeze', 'mute', 'cut', 'cut-answers', 'refuse', 'garbage', 'cut once'] as const

export class ProxiedLink implements StoreLink {
  readonly address: Address
  readonly #faults: RandomFaults
  readonly #groups: readonly (readonly FaultProxy[])[]

  /** @param groups the proxies that fail together. One of the groups is chosen for each fault. */
  constructor(address: Address, faults: RandomFaults, groups: readonly (readonly FaultProxy[])[]) {
    this.address = address
    this.#faults = faults
    this.#groups = groups
  }

  async break(_pid: number, meanwhile: () => Promise<void>): Promise<void> {
    const { pick, upTo } = this.#faults.dice
    const kind = pick(kinds)
    const broken = pick(this.#groups)
    await this.#faults.make(kind, async () => {
      if (kind === 'cut once') return broken.forEach((proxy) => void proxy.cutOnce())
      const fault = this.#faultOf(kind)
      await Promise.all(broken.map((proxy) => proxy.set(fault)))
      if (kind === 'cut' || kind === 'refuse') await meanwhile()
      await pause(20 + upTo(500))
      await Promise.all(broken.map((proxy) => proxy.set({ kind: 'pass' })))
    })
  }

  async end(): Promise<void> {
    await Promise.all([...new Set(this.#groups.flat())].map((proxy) => proxy.end()))
  }

  #faultOf(kind: Exclude<Fault['kind'], 'pass' | 'slow-connect'>): Fault {
    if (kind === 'delay') return { kind, ms: 5 + this.#faults.dice.upTo(100) }
    return kind === 'cut-answers' ? { kind, bytes: this.#faults.dice.upTo(300) } : { kind }
  }
}
