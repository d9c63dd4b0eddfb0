/** A program that runs as a process of its own, and whose commands the benchmark calls by messages. */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import process from 'node:process'
import { executable } from './runtimes.ts'

/** Commands by name; arguments and results are JSON. */
export type Commands = Readonly<Record<string, (...args: never[]) => unknown>>

/** The commands of a program that calls {@link answerCalls}. */
export class CalledProcess<Called extends Commands> {
  /** Events of the process, by the name that it sends. */
  readonly events = new EventEmitter()
  readonly #child: ChildProcess
  readonly #calls = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  #next = 0

  /** @param uid user of the process. Default: that of the benchmark. */
  constructor(program: string, args: readonly string[], uid?: number) {
    const { PATH = '' } = process.env
    this.#child = fork(program, args, {
      ...(uid !== undefined && { uid }),
      execPath: executable('node'),
      execArgv: [],
      env: { PATH, NODE_NO_WARNINGS: '1' }, // no other variable may configure the library
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message) => this.#receive(message as Message)) // the program sends nothing else
    this.#child.once('exit', () => {
      for (const { reject } of this.#calls.values()) reject(new Error('the process has ended'))
    })
  }

  call<Name extends keyof Called & string>(
    name: Name,
    ...args: Parameters<Called[Name]>
  ): Promise<Awaited<ReturnType<Called[Name]>>> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject })
      this.#child.send({ id, name, args })
    })
  }

  /** Resolves at the next event of that name. */
  async event(name: string): Promise<void> {
    await once(this.events, name)
  }

  /** Ends the process without warning. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #receive(message: Message): void {
    if ('event' in message) return void this.events.emit(message.event)
    const call = this.#calls.get(message.id)
    this.#calls.delete(message.id)
    if ('error' in message) call?.reject(new Error(message.error))
    else call?.resolve(message.result as never) // typed by `call`
  }
}

type Message = { event: string } | { id: number; result: unknown } | { id: number; error: string }

/** Runs in the program: answers the calls of the benchmark, and ends with it. */
export function answerCalls(commands: Commands): void {
  process.on('unhandledRejection', () => process.send?.({ event: 'unhandled' }))
  process.on('disconnect', () => process.exit())
  process.on('message', async ({ id, name, args }: { id: number; name: string; args: never[] }) => {
    try {
      process.send?.({ id, result: await commands[name]?.(...args) })
    } catch (error) {
      process.send?.({ id, error: String(error) })
    }
  })
}
