/** Plays generated scripts on a reference and on tested servers, and compares what they do. */
import { compareWithEach, type Played } from './compare.ts'
import type { Listener } from './play/listener.ts'
import { Servers } from './play/servers.ts'
import { countParts, type Script } from './script.ts'

export interface FuzzOptions {
  scripts: Iterable<Script>
  /** The tested listeners must do what one of these does. */
  references: readonly Listener[]
  tested: readonly Listener[]
  /** Called now and then with the number of requests so far. */
  onProgress?: (requests: number) => void
}

export interface Difference {
  /** Name of the tested listener. */
  listener: string
  script: Script
  reason: string
  /** What each reference did: with the script as it is, and with the paced one. */
  references: readonly Played[]
  /** What the tested listener did. */
  played: Played
}

export interface FuzzReport {
  scripts: number
  requests: number
  /** Responses of the reference. */
  responses: number
  /** Scripts that a tested listener refused and the reference did not, by listener. */
  refused: Readonly<Record<string, number>>
  /** The first difference. The run ends with it. */
  difference: Difference | undefined
}

/** Scripts after which the clock of the caches moves. */
const SCRIPTS_PER_STEP = 40
const STEP_MS = 7_000

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { scripts, references: plain, tested, onProgress } = options
  const servers = await Servers.start(plain, tested)
  const refused: Record<string, number> = {}
  const done = { scripts: 0, requests: 0, responses: 0, refused }
  try {
    for (const script of scripts) {
      const { references, all } = await servers.play(script)
      done.scripts++
      done.requests += countParts(script)
      done.responses += references[0]?.responses.length ?? 0
      for (const [i, played] of all.entries()) {
        const verdict = compareWithEach(script, references, played)
        const listener = tested[i]?.name ?? ''
        if (verdict.result === 'different') {
          return { ...done, difference: { listener, script, reason: verdict.reason, references, played } }
        }
        if (verdict.result === 'refused') refused[listener] = (refused[listener] ?? 0) + 1
      }
      if (!areAlike([...references, ...all])) await servers.reset()
      if (done.scripts % SCRIPTS_PER_STEP === 0) servers.advance(STEP_MS)
      if (done.scripts % 1000 === 0) onProgress?.(done.requests)
    }
  } finally {
    servers.close()
  }
  return { ...done, difference: undefined }
}

/** True if the caches of all servers still have the same entries. */
function areAlike(all: readonly Played[]): boolean {
  const [first, ...others] = all.map(({ counts }) => JSON.stringify(Object.entries(counts).sort()))
  return others.every((counts) => counts === first)
}
