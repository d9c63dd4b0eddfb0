/**
 * Times many contenders under the same conditions.
 *
 * All are warmed up before any is measured, as in a service that uses all of a library. Then they take turns, round by
 * round, and each begins once, so a disturbance of the machine affects all of them.
 */

/** Nanoseconds per operation: for each row and contender one figure per round. */
export type Samples<Name extends string = string> = Record<string, Partial<Record<Name, number[]>>>

/** Runs a contender's operation so many times, in one go. */
export type Run = (times: number) => unknown

export type Race<Name extends string> = { name: Name; run: Run }[]

export interface TurnsOptions {
  rounds: number
  /** Approximate length of a turn. */
  milliseconds: number
  /** Length of each of the two warm-ups of a contender; five turns by default. */
  warmUpMs?: number
  /** Runs so many operations; resolves to their time in ms. Default: the time that passes meanwhile. */
  timeOf?: (run: Run, times: number) => Promise<number>
}

export interface Turns<Name extends string> {
  samples: Samples<Name>
  /** Operations of each run, warm-up included. */
  counts: ReadonlyMap<Run, number>
}

/** Milliseconds. Bound once, as users of the libraries can do it too. */
export const now: () => number = performance.now.bind(performance)

export async function takeTurns<Name extends string>(
  races: Readonly<Record<string, Race<Name>>>,
  { rounds, milliseconds, warmUpMs = 5 * milliseconds, timeOf = elapsed }: TurnsOptions,
): Promise<Turns<Name>> {
  const counts = new Map<Run, number>()
  const turns = new Map<Run, number>()
  for (let pass = 0; pass < 2; pass++) {
    for (const { run } of Object.values(races).flat()) turns.set(run, await warmUp(run))
  }
  const samples: Samples<Name> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [row, contenders] of Object.entries(races)) {
      const figures: Partial<Record<Name, number[]>> = samples[row] ?? {}
      samples[row] = figures
      const first = round % contenders.length
      for (const { name, run } of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        const times = turns.get(run) ?? 1
        const figure = ((await duration(run, times)) * 1e6) / times
        figures[name] = [...(figures[name] ?? []), figure]
      }
    }
  }
  return { samples, counts }

  /** Runs a contender until it is warm; returns how many operations fill a turn. */
  async function warmUp(run: Run): Promise<number> {
    const endAt = now() + warmUpMs
    let times = 1
    for (;;) {
      const ms = await duration(run, times)
      if (ms < milliseconds / 2) times *= 2
      else if (now() > endAt) return Math.max(1, Math.round((times * milliseconds) / ms))
    }
  }

  async function duration(run: Run, times: number): Promise<number> {
    counts.set(run, (counts.get(run) ?? 0) + times)
    return timeOf(run, times)
  }
}

async function elapsed(run: Run, times: number): Promise<number> {
  const startedAt = now()
  await run(times)
  return now() - startedAt
}
