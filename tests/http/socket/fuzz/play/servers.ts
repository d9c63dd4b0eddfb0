/** The servers of a run. Each has an app of its own; their caches have one clock and the same entries. */
import { setImmediate } from 'node:timers/promises'
import type { Played } from '../compare.ts'
import { paced, type Script } from '../script.ts'
import { type FuzzedApp, fuzzedApp } from './fuzzed-app.ts'
import type { Listener, Listening } from './listener.ts'
import { playScript } from './play-script.ts'

interface Running {
  made: FuzzedApp
  listening: Listening
}

export class Servers {
  /** Two servers of each reference: one for scripts as they are, and one for paced scripts. */
  readonly #references: Running[] = []
  readonly #tested: Running[] = []
  #nowMs = Date.UTC(2026, 10, 22, 12)

  static async start(references: readonly Listener[], tested: readonly Listener[]): Promise<Servers> {
    const servers = new Servers()
    for (const listener of references.flatMap((reference) => [reference, reference])) {
      servers.#references.push(await servers.#run(listener))
    }
    for (const listener of tested) servers.#tested.push(await servers.#run(listener))
    await servers.#playWarmUp()
    return servers
  }

  async play(script: Script): Promise<{ references: Played[]; all: Played[] }> {
    const pacedScript = paced(script)
    const [references, all] = await Promise.all([
      Promise.all(this.#references.map((server, i) => playOn(server, i % 2 === 0 ? script : pacedScript))),
      Promise.all(this.#tested.map((server) => playOn(server, script))),
    ])
    return { references, all }
  }

  /** Gives the caches the same entries again. */
  async reset(): Promise<void> {
    await Promise.all(this.#all().map(({ made }) => made.cache.clear()))
    await this.#playWarmUp()
  }

  /** Moves the clock of the caches. */
  advance(ms: number): void {
    this.#nowMs += ms
  }

  close(): void {
    for (const { listening } of this.#all()) listening.close()
  }

  async #run(listener: Listener): Promise<Running> {
    const made = fuzzedApp(() => this.#nowMs)
    return { made, listening: await listener.listen(made) }
  }

  async #playWarmUp(): Promise<void> {
    await Promise.all(this.#all().map((server) => playOn(server, warmUp)))
  }

  #all(): Running[] {
    return [...this.#references, ...this.#tested]
  }
}

/** Plays a script and waits until the app has ended each request, also those whose client is gone. */
async function playOn({ made, listening }: Running, script: Script): Promise<Played> {
  const before = { ...made.counts }
  const transcript = await playScript(listening.port, script, made.isIdle)
  while (!made.isIdle()) await setImmediate()
  return { ...transcript, counts: added(before, made.counts) }
}

function added(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  const counts: Record<string, number> = {}
  for (const [name, count] of Object.entries(after)) {
    const difference = count - (before[name] ?? 0)
    if (difference > 0) counts[name] = difference
  }
  return counts
}

/** The first request stores a response, the second one makes it known to the front, and the third one is a hit. */
const warmUp: Script = {
  seed: 0,
  rounds: ['/hit/small', '/hit/bytes', '/hit/huge'].flatMap((target) => {
    const text = `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const round = { parts: [{ name: 'warm', method: 'GET', text }], cuts: [] }
    return [round, round, round]
  }),
  ending: 'sentinel',
  readsLate: false,
}
