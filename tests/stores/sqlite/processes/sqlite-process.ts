/** Another process with a SQLite store, seen from the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bin, type ProcessRuntime } from '../../../runtimes/running-service.ts'

/** The calls that the process answers; see file-user.ts. */
export interface Calls {
  /** Returns the first byte of a value, or the kind of another answer. */
  read(key: string): Promise<unknown>
  /** Returns the kind of the answer to a read that will load. */
  kindOf(key: string): Promise<string>
  fill(key: string, byte: number, size?: number): Promise<void>
  invalidate(key: string): Promise<void>
  /** Stores values until not even a lease is granted. Returns their number. */
  fillUntilFull(): Promise<number>
  churn(prefix: string): Promise<never>
}

export type Call = [name: keyof Calls, ...values: unknown[]]

export type Answer = { ready: true } | { result: unknown } | { error: string } | { gone: number }

export interface SqliteProcessOptions {
  runtime?: ProcessRuntime
  maxBytes?: number
  /** User of the process. */
  uid?: number
  /** Largest size of a file that the process writes, in KiB. */
  maxFileKib?: number
}

export class SqliteProcess {
  readonly #child: ChildProcess
  readonly #waiting: ((answer: Answer) => void)[] = []
  readonly #ended: Promise<void>
  /** Number of the last invalidation that a churning process has reported. */
  gone = 0

  private constructor(path: string, options: SqliteProcessOptions) {
    const { runtime = 'node', maxBytes, uid, maxFileKib } = options
    const flags = runtime === 'node' ? ['--disable-warning=ExperimentalWarning'] : []
    const program = join(import.meta.dirname, 'file-user.ts')
    const command = [
      bin(runtime),
      ...flags,
      program,
      path,
      ...(maxBytes === undefined ? [] : [`${maxBytes}`]),
    ]
    // `ulimit -f` counts blocks of 512 bytes in POSIX shells, and of 1024 bytes in bash.
    const limited = ['bash', '-c', `ulimit -f ${maxFileKib}; exec "$@"`, 'bash', ...command]
    const [file = '', ...args] = maxFileKib === undefined ? command : limited
    this.#child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(uid !== undefined && { uid, gid: uid, env: { PATH: process.env.PATH, HOME: '/', TMPDIR: '/tmp' } }),
    })
    this.#child.stdin?.on('error', () => {}) // it was killed
    const kill = () => this.#child.kill('SIGKILL')
    process.once('exit', kill)
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        process.off('exit', kill)
        for (const answer of this.#waiting.splice(0)) answer({ error: 'the process has ended' })
        resolve()
      })
    })
    const lines = createInterface({ input: this.#child.stdout ?? process.stdin })
    lines.on('line', (line) => {
      const answer = JSON.parse(line) as Answer
      if ('gone' in answer) this.gone = answer.gone
      else this.#waiting.shift()?.(answer)
    })
  }

  static async start(path: string, options: SqliteProcessOptions = {}): Promise<SqliteProcess> {
    const started = new SqliteProcess(path, options)
    await started.#answer()
    return started
  }

  /** Rejects with the error of the process. */
  async call<Name extends keyof Calls>(
    name: Name,
    ...values: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    this.#child.stdin?.write(`${JSON.stringify([name, ...values])}\n`)
    const answer = await this.#answer()
    if ('error' in answer) throw new Error(answer.error)
    return ('result' in answer ? answer.result : undefined) as Awaited<ReturnType<Calls[Name]>> // as the program returns it
  }

  /** Ends the process without warning. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Lets the process close its store. */
  async end(): Promise<void> {
    this.#child.stdin?.end()
    await this.#ended
  }

  #answer(): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
