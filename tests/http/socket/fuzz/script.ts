/** A script: the bytes that a client writes on one connection, and how it writes them. */

/** Bytes that are meant as one request. */
export interface Part {
  /** The variations from a plain request, for reports. */
  name: string
  /** `undefined` if the text begins no request. */
  method: string | undefined
  /** One character for each byte (Latin-1). */
  text: string
}

/** Parts that are sent without waiting for the response to an earlier one. */
export interface Round {
  parts: readonly Part[]
  /** Offsets into the text of the round, in ascending order. A write ends at each, and the server reads it alone. */
  cuts: readonly number[]
}

export interface Script {
  /** `generateScript(seed)` returns this script again. */
  seed: number
  rounds: readonly Round[]
  /**
   * `sentinel`: one more request with `Connection: close`. Its response proves that the connection was open. `half-close`: the
   * client closes its side after the last response.
   */
  ending: 'sentinel' | 'half-close'
  /** True if the client reads nothing from the second round on until it has written everything. */
  readsLate: boolean
}

/** The last request of most scripts. */
export const sentinel: Part = {
  name: 'sentinel',
  method: 'GET',
  text: 'GET /sentinel HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
}

export function textOf(round: Round): string {
  return round.parts.map(({ text }) => text).join('')
}

/** The writes of a round. */
export function writesOf(round: Round): string[] {
  const text = textOf(round)
  const ends = [...round.cuts, text.length]
  return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end)).filter((write) => write !== '')
}

/** The rounds, with the sentinel as the last one if the script has it. */
export function roundsOf(script: Script): readonly Round[] {
  return script.ending === 'sentinel' ? [...script.rounds, { parts: [sentinel], cuts: [] }] : script.rounds
}

/**
 * The same bytes from a client that waits for each response before it sends the next request: a round ends with each empty line.
 * A server that answers pipelined requests may refuse one before it has answered the earlier ones; then only the paced script has
 * their responses.
 */
export function paced(script: Script): Script {
  const rounds = script.rounds.flatMap(({ parts }) => parts.flatMap(pacedRounds))
  return { ...script, rounds, readsLate: false }
}

/** The rest of a part, behind its first empty line, has no method of its own. */
function pacedRounds({ name, method, text }: Part): Round[] {
  return text.split(/(?<=\r\n\r\n)/).map((piece, i) => ({
    parts: [{ name, method: i === 0 ? method : undefined, text: piece }],
    cuts: [],
  }))
}

/** True if the bytes of another request are sent in the same round, behind this request (counted from 0). */
export function hasBytesBehind({ rounds }: Script, request: number): boolean {
  let first = 0
  for (const { parts } of rounds) {
    const last = first + parts.length - 1
    if (request <= last) return request < last
    first = last + 1
  }
  return false
}

/** The number of requests that a script means to send, without the sentinel. */
export function countParts(script: Script): number {
  return script.rounds.reduce((sum, { parts }) => sum + parts.length, 0)
}

/** A script as text: the names of its parts, and each write as a JSON string. */
export function describeScript(script: Script): string {
  const lines = [`seed ${script.seed}, ${script.ending}${script.readsLate ? ', reads late' : ''}`]
  for (const [i, round] of script.rounds.entries()) {
    lines.push(`  round ${i + 1}: ${round.parts.map(({ name }) => name).join(' | ')}`)
    const writes = writesOf(round)
    for (const write of writes.slice(0, MAX_WRITES)) lines.push(`    ${brief(write)}`)
    if (writes.length > MAX_WRITES) lines.push(`    ... ${writes.length} writes in all`)
  }
  return lines.join('\n')
}

const MAX_WRITES = 12

function brief(text: string): string {
  const json = JSON.stringify(text)
  return json.length <= 600 ? json : `${json.slice(0, 400)} ... ${json.slice(-100)} (${text.length} bytes)`
}
