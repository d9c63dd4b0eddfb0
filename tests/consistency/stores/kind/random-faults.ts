/** Chooses faults, and counts them. */
import type { Dice } from '../../../support/interleavings/dice.ts'

/** A fault that is chosen `weight` times as often as one with the weight 1. */
export type WeightedFault = readonly [name: string, weight: number, run: () => Promise<unknown>]

export class RandomFaults {
  readonly dice: Dice
  /** Number of times that each fault has occurred. */
  readonly occurred: Record<string, number> = {}

  constructor(dice: Dice) {
    this.dice = dice
  }

  async makeOneOf(faults: readonly WeightedFault[]): Promise<void> {
    const [name, , run] = this.dice.pick(
      faults.flatMap((fault) => Array<WeightedFault>(fault[1]).fill(fault)),
    )
    await this.make(name, run)
  }

  async make(name: string, run: () => Promise<unknown>): Promise<void> {
    this.occurred[name] = (this.occurred[name] ?? 0) + 1
    await run()
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
