/** Loads and writes of this process that may store a value, with the generations from before they began. */
import type { RemoteLease } from '../store.ts'

export interface RunningLoad {
  readonly version: string
  /** Generation of the namespace. */
  readonly namespace: string
  /** Generation of the name. */
  readonly name: string
  /** Position of its beginning among the observations of {@link SeenTags}. */
  readonly startedAt: number
  readonly isWrite: boolean
}

/** Bounds the memory of loads that never end. One that is dropped does not store its value. */
const MAX_NAMES = 10_000

export class RunningLoads {
  /** By name and token. */
  readonly #loads = new Map<string, Map<string, RunningLoad>>()

  add(name: string, token: string, load: RunningLoad): void {
    const ofName = this.#loads.get(name) ?? new Map<string, RunningLoad>()
    ofName.set(token, load)
    this.#loads.delete(name) // the last names in the map are those of the latest loads
    this.#loads.set(name, ofName)
    const [oldest] = this.#loads.keys()
    if (this.#loads.size > MAX_NAMES && oldest !== undefined) this.#loads.delete(oldest)
  }

  get({ name, version, token }: RemoteLease): RunningLoad | undefined {
    const load = this.#loads.get(name)?.get(token)
    return load?.version === version ? load : undefined
  }

  /** Removes a load, and returns it. */
  take(lease: RemoteLease): RunningLoad | undefined {
    const load = this.get(lease)
    if (load === undefined) return undefined
    const ofName = this.#loads.get(lease.name)
    ofName?.delete(lease.token)
    if (ofName?.size === 0) this.#loads.delete(lease.name)
    return load
  }

  endAll(name: string): void {
    this.#loads.delete(name)
  }

  clear(): void {
    this.#loads.clear()
  }
}
