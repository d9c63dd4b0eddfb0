/** An eviction policy with its own cache, for simulations. Keys are whole numbers from 0. */
export interface Rival {
  /** Requests a key, which is stored if it was missing. Returns whether it was a hit. */
  request(key: number): boolean
}

/** @param keys number of keys of the trace */
export type CreateRival = (capacity: number, keys: number) => Rival
