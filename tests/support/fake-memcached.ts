/** A Memcached server in memory: the meta commands that the store sends, as protocol.txt describes them. */
import { ConnectionChangedError } from '../../src/stores/memcached/client/connection-changed-error.ts'
import type { MetaCommand } from '../../src/stores/memcached/client/meta-command.ts'
import type { MetaReply } from '../../src/stores/memcached/client/meta-reply.ts'
import type { Server } from '../../src/stores/memcached/session.ts'

interface Item {
  value: Uint8Array<ArrayBuffer>
  cas: number
  /** End of the lifetime, in seconds of the server. */
  until: number
}

export class FakeMemcached {
  /** Time of the server, in seconds. */
  seconds = 0
  /** True if the server accepts no items. It deletes an item that it cannot replace, so that no old one stays. */
  isFull = false
  readonly #items = new Map<string, Item>()
  #lastCas = 0
  #life = 1

  /** Number of the server process: connections end with it. */
  get life(): number {
    return this.#life
  }

  /** The keys of all items. */
  get keys(): string[] {
    return [...this.#items.keys()].filter((key) => this.#find(key) !== undefined)
  }

  evict(key: string): void {
    this.#items.delete(key)
  }

  /** Starts again without items. Modifications are numbered from 1 again. */
  restart(): void {
    this.#items.clear()
    this.#lastCas = 0
    this.#life++
  }

  execute({ verb, key, flags, value }: MetaCommand): MetaReply {
    const options = optionsOf(flags)
    const item = this.#find(key)
    if (verb === 'mg') return this.#get(item, options)
    if (verb === 'md') return this.#delete(key, item, options)
    if (verb === 'ms') return this.#set(key, item, options, value ?? new Uint8Array(0))
    return { code: 'error', message: 'ERROR' }
  }

  #get(item: Item | undefined, options: Map<string, string>): MetaReply {
    if (item === undefined) return { code: 'EN', flags: '', cas: 0 }
    if (options.has('T')) item.until = this.#untilOf(options)
    const left = item.until === Infinity ? -1 : item.until - this.seconds
    const head = { flags: options.has('t') ? `t${left}` : '', cas: options.has('c') ? item.cas : 0 }
    return options.has('v') ? { code: 'VA', ...head, value: item.value.slice() } : { code: 'HD', ...head }
  }

  #set(key: string, item: Item | undefined, options: Map<string, string>, value: Uint8Array): MetaReply {
    const cas = options.get('C')
    if (this.isFull) {
      this.#items.delete(key)
      return { code: 'error', message: 'SERVER_ERROR out of memory storing object' }
    }
    if (options.has('M') && item !== undefined) return { code: 'NS', flags: '', cas: 0 }
    if (cas !== undefined && item === undefined) return { code: 'NF', flags: '', cas: 0 }
    if (cas !== undefined && item?.cas !== Number(cas)) return { code: 'EX', flags: '', cas: 0 }
    const stored = { value: new Uint8Array(value), cas: ++this.#lastCas, until: this.#untilOf(options) }
    this.#items.set(key, stored)
    return { code: 'HD', flags: '', cas: options.has('c') ? stored.cas : 0 }
  }

  #delete(key: string, item: Item | undefined, options: Map<string, string>): MetaReply {
    const cas = options.get('C')
    if (item === undefined) return { code: 'NF', flags: '', cas: 0 }
    if (cas !== undefined && item.cas !== Number(cas)) return { code: 'EX', flags: '', cas: 0 }
    if (options.has('I')) {
      item.cas = ++this.#lastCas
      if (options.has('T')) item.until = this.#untilOf(options)
    } else this.#items.delete(key)
    return { code: 'HD', flags: '', cas: 0 }
  }

  #find(key: string): Item | undefined {
    const item = this.#items.get(key)
    return item !== undefined && item.until > this.seconds ? item : undefined
  }

  #untilOf(options: Map<string, string>): number {
    const seconds = Number(options.get('T') ?? 0)
    return seconds === 0 ? Infinity : this.seconds + seconds
  }
}

/**
 * A connection of a process to the server.
 *
 * @param turn resolves when the next command is to be executed: commands of other connections may come between
 */
export function connectionTo(
  memcached: Pick<FakeMemcached, 'life' | 'execute'>,
  turn: () => Promise<void>,
): Server {
  return {
    name: 'fake:11211',
    maxItemBytes: 2 ** 20,
    ping: turn,
    async run(commands, { connection = memcached.life } = {}) {
      const replies: MetaReply[] = []
      for (const command of commands) {
        if (connection !== memcached.life) {
          if (replies.length > 0) throw new Error('The server closed the connection')
          throw new ConnectionChangedError('Another connection')
        }
        await turn()
        if (connection === memcached.life) replies.push(memcached.execute(command))
        else throw new Error('The server closed the connection')
      }
      await turn()
      return { replies, connection }
    },
  }
}

/** Flags by their letter, with their tokens. */
function optionsOf(flags: string): Map<string, string> {
  return new Map(flags.split(' ').map((flag) => [flag.slice(0, 1), flag.slice(1)]))
}
