/** Finds the shortest script that still fails. */
import { type Part, type Round, type Script, textOf } from './script.ts'

/** Tries shorter and shorter scripts, and returns the last one that fails. */
export async function shrink(
  script: Script,
  isFailing: (script: Script) => Promise<boolean>,
): Promise<Script> {
  for (const shorter of shorterScripts(script)) {
    if (await isFailing(shorter)) return shrink(shorter, isFailing)
  }
  return script
}

/** Scripts with one thing less, those with the most less first. */
export function* shorterScripts(script: Script): Generator<Script> {
  const { rounds } = script
  for (const [at] of rounds.entries()) yield { ...script, rounds: without(rounds, at) }
  if (script.readsLate) yield { ...script, readsLate: false }
  if (script.ending === 'half-close') yield { ...script, ending: 'sentinel' }
  for (const [at, round] of rounds.entries()) {
    for (const shorter of shorterRounds(round)) {
      yield { ...script, rounds: rounds.map((other, i) => (i === at ? shorter : other)) }
    }
  }
}

function* shorterRounds(round: Round): Generator<Round> {
  const { parts, cuts } = round
  if (parts.length > 1) for (const [at] of parts.entries()) yield { parts: without(parts, at), cuts: [] }
  if (cuts.length > 1) yield { parts, cuts: [] }
  for (const [at] of cuts.entries()) yield { parts, cuts: without(cuts, at) }
  for (const [at, part] of parts.entries()) {
    for (const shorter of shorterParts(part)) {
      const shortened = { parts: parts.map((other, i) => (i === at ? shorter : other)), cuts }
      const { length } = textOf(shortened)
      yield { ...shortened, cuts: cuts.filter((cut) => cut < length) }
    }
  }
}

/** Without one line, or with a shorter run of one character. */
function* shorterParts(part: Part): Generator<Part> {
  const lines = part.text.split('\r\n')
  for (const [at] of lines.entries()) {
    if (lines.length > 1 && lines[at] !== '') yield { ...part, text: without(lines, at).join('\r\n') }
  }
  const run = /(.)\1{9,}/.exec(part.text)
  if (run !== null) yield { ...part, text: part.text.replace(run[0], run[0].slice(0, run[0].length / 2)) }
}

function without<T>(list: readonly T[], at: number): T[] {
  return list.filter((_, i) => i !== at)
}
