/** Runs scripts by their hash, for the server process that the client reached last. */
import type { RedisConnection } from './clients/redis-connection.ts'
import { preludeFor } from './scripts/prelude.ts'

/** The text of a script: fixed, or with a part for the id of the server process. */
export interface Script {
  readonly body: string
  /** Absent for a script of a single server, which gets the prelude of the present server process. */
  readonly prelude?: string
}

interface Compiled {
  readonly run: string | undefined
  readonly text: string
  readonly sha: string
}

/** Number of times that a call follows the server to another process before it fails. */
const MAX_ATTEMPTS = 4

/** Replies with the id of the server process as the scripts see it. */
const runScript = `
local info = redis.pcall('INFO', 'server')
return { type(info) == 'string' and string.match(info, 'run_id:(%w+)') or 'unknown' }
`

/**
 * The id of the server process is part of a script's text. A restarted server, or one that took over, does not have the text, so
 * its first reply is NOSCRIPT, and the scripts compare the id of the tag table with that of the new process. This costs nothing
 * while the process is the same. A server that kept scripts over a restart is asked again after each connection.
 */
export class ScriptRunner {
  readonly #connection: RedisConnection
  readonly #compiled = new Map<Script, Compiled>()
  #run: string | undefined
  #learning: Promise<string> | undefined
  /** Number of connections so far, and the number of the last one whose server process is known. */
  #connections = 0
  #confirmed = 0

  constructor(connection: RedisConnection) {
    this.#connection = connection
    connection.onReady?.(() => {
      this.#connections++
    })
  }

  /** @throws the error of the client, or an error with the server's reply if the script could not write. */
  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const connection = this.#connections
      // Once the server process is known, a call is sent without a further step of the event loop.
      const compiled = this.#compiledFor(script) ?? (await this.#compile(script))
      const reply = await this.#evaluate(compiled, keys, args)
      if (!Array.isArray(reply)) throw new TypeError('Redis replied to a script with no list')
      if (reply[0] === 'failed') throw new Error(`Redis refused a write: ${reply[1]}`)
      if (reply[0] !== 'run') {
        this.#confirmed = Math.max(this.#confirmed, connection)
        return reply
      }
      this.#run = String(reply[1])
    }
    throw new Error('Redis changed its process during each attempt')
  }

  async #evaluate(
    { text, sha }: Compiled,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<unknown> {
    const confirm = this.#confirmed < this.#connections ? 'confirm' : ''
    const rest = [`${keys.length}`, ...keys]
    try {
      return await this.#connection.command(['EVALSHA', sha, ...rest, confirm, ...args])
    } catch (error) {
      if (!isNoScript(error)) throw error
      // The text stays on the server, so another process whose id is outdated could use it: the id must be right.
      return await this.#connection.command(['EVAL', text, ...rest, 'confirm', ...args])
    }
  }

  #compiledFor(script: Script): Compiled | undefined {
    const compiled = this.#compiled.get(script)
    const run = script.prelude === undefined ? this.#run : undefined
    return compiled?.run === run ? compiled : undefined
  }

  async #compile(script: Script): Promise<Compiled> {
    const run = script.prelude === undefined ? (this.#run ?? (await this.#learnRun())) : undefined
    const known = this.#compiledFor(script)
    if (known !== undefined) return known
    const text = `${script.prelude ?? preludeFor(run ?? '')}${script.body}`
    const compiled = { run, text, sha: await sha1(text) }
    this.#compiled.set(script, compiled)
    return compiled
  }

  /** Asks once, also for calls at the same time. */
  #learnRun(): Promise<string> {
    this.#learning ??= this.#askRun().finally(() => {
      this.#learning = undefined
    })
    return this.#learning
  }

  async #askRun(): Promise<string> {
    const reply = await this.#connection.command(['EVAL', runScript, '0'])
    const run = Array.isArray(reply) ? String(reply[0]) : 'unknown'
    this.#run = run
    return run
  }
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.includes('NOSCRIPT')
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
