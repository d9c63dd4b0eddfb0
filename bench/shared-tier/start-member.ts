/** Starts a process of a library, and calls its commands. */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Address } from '../../tests/consistency/stores/kind/address.ts'
import { executable } from '../runtimes.ts'
import type { LibraryName } from './libraries.ts'
import type { Commands } from './member.ts'

export class Member {
  /** Events of the process: `loading`, `waiting`, `unhandled`. */
  readonly events = new EventEmitter()
  readonly #child: ChildProcess
  readonly #calls = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  #next = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (message) => this.#receive(message as Message)) // the program sends nothing else
    child.once('exit', () => {
      for (const { reject } of this.#calls.values()) reject(new Error('the process has ended'))
    })
  }

  /**
   * @param databasePort port of the Redis server in which the benchmark keeps its truth.
   * @param uid user of the process. Default: that of the benchmark.
   */
  static async start(
    library: LibraryName,
    address: Address,
    databasePort: number,
    uid?: number,
  ): Promise<Member> {
    const program = fileURLToPath(new URL('member.ts', import.meta.url))
    const { PATH = '' } = process.env
    const child = fork(program, [library, JSON.stringify(address), `${databasePort}`], {
      ...(uid !== undefined && { uid }),
      execPath: executable('node'),
      execArgv: [],
      env: { PATH, NODE_NO_WARNINGS: '1' }, // no other variable may configure the library
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const member = new Member(child)
    await member.call('ready')
    return member
  }

  call<Name extends keyof Commands>(
    name: Name,
    ...args: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
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
