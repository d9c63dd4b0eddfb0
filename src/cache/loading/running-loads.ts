/** Finds loads that would wait for themselves: a load that reads its own key, or loads that read each other's keys. */
import { AsyncContext } from '../../node-builtins.ts'
import { described } from '../../options.ts'

const NO_LOADS: readonly RunningLoad[] = []

/** A load that other readers may join. */
export class RunningLoad {
  readonly storeKey: string
  /** True until the loader, if it is called at once, has returned. */
  isStarting = true
  /** True until the load has a result. */
  isPending = true
  /** The loads whose code waits for this one. A load that waits twice is listed twice. */
  waiters: readonly RunningLoad[]

  constructor(storeKey: string, waiters: readonly RunningLoad[] = NO_LOADS) {
    this.storeKey = storeKey
    this.waiters = waiters
  }

  addWaiters(loads: readonly RunningLoad[]): void {
    if (loads.length > 0) this.waiters = [...this.waiters, ...loads]
  }

  removeWaiters(loads: readonly RunningLoad[]): void {
    for (const load of loads) this.waiters = this.waiters.toSpliced(this.waiters.indexOf(load), 1)
  }
}

/**
 * The running loads of one cache. Each is known to the code that it runs, also after an `await`, so that a read can find out
 * whether the load that it is about to join waits for this very read.
 *
 * On a runtime without {@link AsyncContext}, only a read before the first `await` of the loader is found.
 */
export class RunningLoads {
  readonly #cache: string
  readonly #context = AsyncContext && new AsyncContext<readonly RunningLoad[]>()

  /** @param cache name of the cache, for errors. */
  constructor(cache: string) {
    this.#cache = cache
  }

  /** Returns the loads that the calling code belongs to: several in a call for many keys. */
  current(): readonly RunningLoad[] {
    return this.#context?.getStore() ?? NO_LOADS
  }

  /** Calls `work`, which belongs to these loads. */
  run<A, T>(loads: readonly RunningLoad[], work: (argument: A) => T, argument: A): T {
    return this.#context === undefined ? work(argument) : this.#context.run(loads, work, argument)
  }

  /**
   * Records that the calling code joins a load.
   *
   * @returns a function to be called when it no longer waits.
   * @throws {TypeError} naming the key when that load waits for the calling code, so that neither would ever end.
   */
  join(load: RunningLoad): () => void {
    const loads = this.current()
    const path = load.isPending && loads.length > 0 ? pathTo(load, loads) : undefined
    if (path !== undefined) throw this.#error(path)
    if (load.isStarting) throw this.#error([load]) // the caller is the loader: no other code can run meanwhile
    load.addWaiters(loads)
    return () => load.removeWaiters(loads)
  }

  #error([load, ...others]: readonly [RunningLoad, ...RunningLoad[]]): TypeError {
    const through = others.map(({ storeKey }) => ` through ${described(storeKey)}`).join(',')
    return new TypeError(
      `cache ${this.#cache}: the load of ${described(load.storeKey)} reads its own key${through}`,
    )
  }
}

/**
 * Returns the shortest path by which `target` waits for one of `loads`: `target`, the load that it waits for, and so on.
 * Returns `undefined` if there is none.
 */
function pathTo(
  target: RunningLoad,
  loads: readonly RunningLoad[],
): [RunningLoad, ...RunningLoad[]] | undefined {
  /** For each load that waits for one of `loads`: the load that it waits for. Grows during the loop. */
  const waitsFor = new Map<RunningLoad, RunningLoad | undefined>(loads.map((load) => [load, undefined]))
  for (const load of waitsFor.keys()) {
    if (load === target) break
    for (const waiter of load.waiters) if (!waitsFor.has(waiter)) waitsFor.set(waiter, load)
  }
  if (!waitsFor.has(target)) return undefined
  const path: [RunningLoad, ...RunningLoad[]] = [target]
  for (let next = waitsFor.get(target); next !== undefined; next = waitsFor.get(next)) path.push(next)
  return path
}
