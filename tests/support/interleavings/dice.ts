/** Random choices, the same ones for each seed. */
import { seededRandom } from '../seeded-random.ts'

export interface Dice {
  /** Returns a number from 0 to below 1. */
  random(): number
  chance(probability: number): boolean
  /** Returns one of the items, of which there must be at least one. */
  pick<T>(items: readonly T[]): T
  /** Returns a whole number from 0 to `max`. */
  upTo(max: number): number
}

export function createDice(seed: number): Dice {
  const random = seededRandom(seed)
  return {
    random,
    chance: (probability) => random() < probability,
    pick: <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T, // never empty
    upTo: (max) => Math.floor(random() * (max + 1)),
  }
}
