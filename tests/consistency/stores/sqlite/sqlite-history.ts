/** A file of SQLite in a history: random damage to the file, locks of other connections, and processes that stop for a while. */
import { stat } from 'node:fs/promises'
import type { Dice } from '../../../support/interleavings/dice.ts'
import type { SqliteAddress } from '../kind/address.ts'
import type { HistoryKind, HistoryStore, StoreLink } from '../kind/history-store.ts'
import { pause, RandomFaults, type WeightedFault } from '../kind/random-faults.ts'
import { SqliteFile } from './sqlite-file.ts'

const POLL_MS = 20

export const sqliteHistory: HistoryKind = {
  name: 'SQLite',
  skip: false,
  processes: [
    { runtime: 'node', hasMemory: true },
    { runtime: 'bun', hasMemory: true },
    { runtime: 'node', hasMemory: false },
  ],
  promise: {
    memoryMs: ({ maxUnsyncedMs, hasFaults }) => (hasFaults ? maxUnsyncedMs : POLL_MS),
    joinsOlder: true, // until the next look at the file
    because:
      'messages arrive with the next look at the file, and a process that cannot look trusts its memory for maxUnsyncedMs',
  },
  start: (dice) => FaultySqlite.start(dice),
}

/** Tables that may lose any rows at any time. */
const losable = ['entries', 'leases', 'messages']

/** The header and the first page of tables: without them, the file cannot be told from one of another program. */
const HEADER_BYTES = 8192

class FaultySqlite implements HistoryStore {
  readonly #faults: RandomFaults
  readonly #file: SqliteFile

  private constructor(dice: Dice, file: SqliteFile) {
    this.#faults = new RandomFaults(dice)
    this.#file = file
  }

  static async start(dice: Dice): Promise<FaultySqlite> {
    return new FaultySqlite(dice, await SqliteFile.create())
  }

  get address(): SqliteAddress {
    return this.#file.address({ pollMs: POLL_MS })
  }

  get occurred(): Readonly<Record<string, number>> {
    return this.#faults.occurred
  }

  async breakStore(): Promise<void> {
    const { upTo, random } = this.#faults.dice
    const file = this.#file
    const faults: WeightedFault[] = [
      ['delete rows', 6, () => this.#deleteRows()],
      ['remove', 2, () => this.#remove()],
      ['replace by garbage', 1, () => this.#beForeign()],
      ['replace by a copy', 1, () => file.replaceByCopy()],
      ['overwrite', 1, () => file.overwrite(HEADER_BYTES + upTo(20_000))],
      ['truncate', 1, async () => file.truncate(Math.floor(random() * (await stat(file.path)).size))],
      ['lock for writes', 2, () => file.lock('IMMEDIATE', () => pause(upTo(400)))],
      ['lock', 2, () => file.lock('EXCLUSIVE', () => pause(upTo(400)))],
      ['vacuum', 1, () => file.execute('VACUUM')],
    ]
    await this.#faults.makeOneOf(
      faults.map(([name, weight, run]) => [name, weight, () => this.#attempt(name, run)]),
    )
  }

  async openLink(): Promise<StoreLink> {
    const faults = this.#faults
    return {
      address: this.address,
      async break(pid, meanwhile) {
        await faults.make('stop and continue', async () => {
          process.kill(pid, 'SIGSTOP')
          await meanwhile()
          await pause(20 + faults.dice.upTo(500))
          process.kill(pid, 'SIGCONT')
        })
      },
      end: async () => {},
    }
  }

  end(): Promise<void> {
    return this.#file.end()
  }

  /** A file that an earlier fault has damaged or removed cannot be damaged in each way. */
  async #attempt(name: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
    } catch {
      await this.#faults.make(`${name}, in vain`, async () => {})
    }
  }

  #remove(): Promise<void> {
    return this.#file.remove(() => this.#faults.dice.upTo(3))
  }

  async #deleteRows(): Promise<void> {
    const table = this.#faults.dice.pick(losable)
    await this.#file.execute(`DELETE FROM ${table} WHERE random() % 3 = 0`)
  }

  /** A file of another program is never replaced, so this fault ends it. */
  async #beForeign(): Promise<void> {
    await this.#file.replaceByGarbage()
    await pause(this.#faults.dice.upTo(400))
    await this.#remove()
  }
}
