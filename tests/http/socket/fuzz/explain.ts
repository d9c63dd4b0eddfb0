/** Describes a difference, or explains it by the shortest script that shows it. */
import { compareWithEach, describePlayed, type Played } from './compare.ts'
import type { Difference, FuzzOptions } from './fuzz.ts'
import type { Listener } from './play/listener.ts'
import { Servers } from './play/servers.ts'
import { describeScript, type Script } from './script.ts'
import { shrink } from './shrink.ts'

/** The script, and what each server did with it. */
export function describeDifference({ listener, script, reason, references, played }: Difference): string {
  return `${listener}: ${describeOutcomes(reason, references, played)}\n${describeScript(script)}`
}

/** As `describeDifference`, for the shortest script. Takes some seconds, because each shorter script needs new servers. */
export async function explain(
  difference: Difference,
  { references, tested }: Pick<FuzzOptions, 'references' | 'tested'>,
): Promise<string> {
  const { listener: name, script } = difference
  const listener = tested.find((one) => one.name === name)
  if (listener === undefined) throw new Error(`explain: there is no listener ${name}`)
  const first = await outcomeOf(script, references, listener)
  if (!first.isDifferent) {
    return `${describeDifference(difference)}\nThe difference needs the scripts before this one.`
  }
  const shortest = await shrink(
    script,
    async (one) => (await outcomeOf(one, references, listener)).isDifferent,
  )
  const { text } = await outcomeOf(shortest, references, listener)
  return `${name}: ${text}\n${describeScript(shortest)}`
}

/** Plays a script on servers that have just started. */
async function outcomeOf(script: Script, references: readonly Listener[], listener: Listener) {
  const servers = await Servers.start(references, [listener])
  try {
    const { references: expected, all } = await servers.play(script)
    const tested = all[0] as Played // one listener, one result
    const verdict = compareWithEach(script, expected, tested)
    const reason = verdict.result === 'different' ? verdict.reason : verdict.result
    const text = describeOutcomes(reason, expected, tested)
    return { isDifferent: verdict.result === 'different', text }
  } finally {
    servers.close()
  }
}

function describeOutcomes(reason: string, references: readonly Played[], tested: Played): string {
  const wanted = new Set(references.map(describePlayed))
  return `${reason}\n  references:\n${[...wanted].join('\n  or\n')}\n  tested:\n${describePlayed(tested)}`
}
