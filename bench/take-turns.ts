/**
 * How long does each of many contenders take, when whatever else the machine does meets them all alike?
 *
 * All are warmed up before any is measured, as in a service that uses all of a library; then they take turns, round by
 * round, each beginning once.
 */

/** What was measured: for each row and contender a figure per round. */
export type Samples<Name extends string = string> = Record<string, Partial<Record<Name, number[]>>>

/** What one contender does so many times, in one go. */
export type Run = (times: number) => unknown

export type Race<Name extends string> = { name: Name; run: Run }[]

export interface TurnsOptions {
  rounds: number
  /** How long a turn takes, about. */
  milliseconds: number
}

/** Milliseconds; captured once, as any of the libraries' users may do. */
export const now: () => number = performance.now.bind(performance)

/**
 * @param done how many times each was run, warming up included
 * @returns the nanoseconds of one operation
 */
export async function takeTurns<Name extends string>(
  races: Readonly<Record<string, Race<Name>>>,
  { rounds, milliseconds }: TurnsOptions,
  done: Map<Run, number> = new Map(),
): Promise<Samples<Name>> {
  const turns = new Map<Run, number>()
  for (let pass = 0; pass < 2; pass++) {
    for (const { run } of Object.values(races).flat()) turns.set(run, await timesFor(run))
  }
  const samples: Samples<Name> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [row, contenders] of Object.entries(races)) {
      const figures: Partial<Record<Name, number[]>> = samples[row] ?? {}
      samples[row] = figures
      const first = round % contenders.length
      for (const { name, run } of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        const times = turns.get(run) ?? 1
        const figure = ((await took(run, times)) * 1e6) / times
        figures[name] = [...(figures[name] ?? []), figure]
      }
    }
  }
  return samples

  /** Runs it until it is warm; says how many times fill a turn. */
  async function timesFor(run: Run): Promise<number> {
    const endAt = now() + 5 * milliseconds
    let times = 1
    for (;;) {
      const ms = await took(run, times)
      if (ms < milliseconds / 2) times *= 2
      else if (now() > endAt) return Math.max(1, Math.round((times * milliseconds) / ms))
    }
  }

  async function took(run: Run, times: number): Promise<number> {
    done.set(run, (done.get(run) ?? 0) + times)
    const startedAt = now()
    await run(times)
    return now() - startedAt
  }
}
