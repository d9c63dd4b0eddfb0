/**
 * One random interleaving of the commands of several processes, on Memcached servers in memory. A real server executes the commands
 * of different connections in few orders; here each command waits for its turn.
 */
import assert from 'node:assert/strict'
import { FailedServers } from '../../../src/stores/memcached/failed-servers.ts'
import { MemcachedNamespace } from '../../../src/stores/memcached/memcached-namespace.ts'
import type { RemoteAnswer, RemoteChange, StoreResult } from '../../../src/stores/store.ts'
import { connectionTo, FakeMemcached } from '../../support/fake-memcached.ts'
import { createDice, type Dice } from '../../support/interleavings/dice.ts'
import { type Change, type Grant, LeaseHistory } from './lease-history.ts'

const TAGS = ['all', 'red', 'blue'] as const
const [PROCESSES, ACTORS, STEPS] = [3, 5, 6]

export interface InterleavingOptions {
  servers: number
  /** True if the servers evict items, are full for a time, and are restarted. */
  loses: boolean
}

export class Interleaving {
  /** The answers and results that occurred. */
  readonly seen = new Set<string>()
  readonly #dice: Dice
  readonly #loses: boolean
  readonly #history: LeaseHistory
  readonly #servers: readonly FakeMemcached[]
  readonly #processes: readonly MemcachedNamespace[]
  readonly #turns: (() => void)[] = []
  readonly #keys: readonly string[]
  readonly #versions: readonly string[]
  /** Probabilities of a read, and of a write in place of another change. */
  readonly #reads: number
  readonly #writes: number

  constructor(seed: number, { servers, loses }: InterleavingOptions) {
    this.#dice = createDice(seed)
    const { pick } = this.#dice
    this.#keys = pick([['a'], ['a', 'b']])
    this.#versions = pick([['1'], ['1', '2']])
    this.#reads = pick([0.3, 0.6, 0.9])
    this.#writes = pick([0, 0.4, 1])
    this.#loses = loses
    this.#history = new LeaseHistory(!loses)
    this.#servers = Array.from({ length: servers }, () => new FakeMemcached())
    this.#processes = Array.from({ length: PROCESSES }, () => this.#open())
  }

  /** @throws if an answer contradicts the contract. The message has all calls. */
  async play(): Promise<void> {
    try {
      await this.#withTurns(
        Promise.all(Array.from({ length: ACTORS }, (_, i) => this.#act(this.#process(i)))),
      )
      await this.#withTurns(this.#checkEnd())
    } catch (error) {
      throw new Error(`${error}\n${this.#history}`, { cause: error })
    }
  }

  /** Gives turns at random until the promise has settled. */
  async #withTurns(promise: Promise<unknown>): Promise<void> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => {}) // awaited below
    while (!isSettled) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#loses && this.#dice.chance(0.01)) this.#lose()
      const [next] = this.#turns.splice(this.#dice.upTo(this.#turns.length - 1), 1)
      next?.()
    }
    await settled
  }

  /** When all loads have ended, no lease is left: the next readers of each name store a value and replace it. */
  async #checkEnd(): Promise<void> {
    if (this.#loses) return
    for (const key of this.#keys) {
      for (const version of this.#versions) {
        let not: string | undefined
        let stored = 0
        for (let tries = 0; tries < 5 && stored < 2; tries++) {
          const process = this.#process(tries)
          const [answer] = await process.read([{ name: key, version, not, lease: true }])
          this.#history.note('last read', key, version, answer)
          if (answer?.kind === 'value') not = answer.id
          if (answer?.kind !== 'lease') continue
          not = answer.token
          const entry = { name: key, version, token: not, bytes: Uint8Array.of(1), tags: tagsOf(key) }
          if ((await process.store({ ...entry, ttlMs: 60_000 })) === 'stored') stored++
        }
        assert.equal(stored, 2, `values of ${key} ${version} that were stored at the end`)
      }
    }
  }

  #process(i: number): MemcachedNamespace {
    return this.#processes[i % PROCESSES] ?? assert.fail('no process')
  }

  #open(): MemcachedNamespace {
    const turn = () => new Promise<void>((resolve) => this.#turns.push(resolve))
    const connections = this.#servers.map((server) => connectionTo(server, turn))
    const serverOf = (key: string) =>
      connections[key.endsWith('a') ? 0 : connections.length - 1] ?? assert.fail('no server')
    const servers = { servers: connections, serverOf, close: async () => {} }
    const failedServers = new FailedServers(connections.length)
    return new MemcachedNamespace({ namespace: 'n', leaseMs: 1000, servers, failedServers, now: () => 0 })
  }

  #lose(): void {
    const server = this.#dice.pick(this.#servers)
    server.isFull = this.#dice.chance(0.1)
    if (this.#dice.chance(0.1)) server.restart()
    else for (const key of server.keys) if (this.#dice.chance(0.3)) server.evict(key)
    this.#history.note('loss')
  }

  async #act(process: MemcachedNamespace): Promise<void> {
    const { chance } = this.#dice
    for (let step = 0; step < STEPS; step++) {
      await this.#pause()
      if (chance(this.#reads)) await this.#read(process)
      else if (chance(this.#writes)) await this.#write(process)
      else await this.#change(process)
    }
  }

  async #pause(): Promise<void> {
    for (let turns = this.#dice.upTo(3); turns > 0; turns--) {
      await new Promise<void>((resolve) => this.#turns.push(resolve))
    }
  }

  async #read(process: MemcachedNamespace): Promise<void> {
    const { pick, chance } = this.#dice
    const [key, version] = [pick(this.#keys), pick(this.#versions)]
    const tokens = this.#history.tokensOf(key)
    const not = chance(0.15) ? '*' : chance(0.3) && tokens.length > 0 ? pick(tokens) : undefined
    const request = { name: key, version, not, lease: chance(0.9), tags: chance(0.5) ? tagsOf(key) : [] }
    const began = this.#history.note('read', key, version, not)
    const [answer] = (await this.#outcome(process.read([request]))) ?? []
    if (answer === undefined) return
    const ended = this.#history.note('read ends', key, version, answer.kind, identityOf(answer))
    this.seen.add(answer.kind)
    assert.ok(answer.kind !== 'busy' || not !== '*', 'a reader that accepts no value must not wait')
    if (answer.kind === 'value') {
      this.#history.checkValue(answer.id, key, answer.expiredAt, { began, ended })
      if (answer.expiredAt !== undefined) this.seen.add('stale')
    }
    if (answer.kind !== 'lease') return
    const kind = not === '*' ? 'replacing load' : 'load'
    await this.#load(process, this.#history.grant({ kind, token: answer.token, key, version, began, ended }))
  }

  async #load(process: MemcachedNamespace, grant: Grant): Promise<StoreResult | undefined> {
    const { chance } = this.#dice
    const lease = { name: grant.key, version: grant.version, token: grant.token }
    await this.#pause()
    if (chance(0.1)) this.seen.add(`renewed: ${await this.#outcome(process.renew(lease))}`)
    if (chance(0.1)) {
      grant.endedBy = this.#history.note('release', grant.token)
      await this.#outcome(process.release(lease))
      return undefined
    }
    grant.tags = chance(0.3) ? [] : tagsOf(grant.key)
    const began = this.#history.note('store', grant.token, grant.tags)
    grant.endedBy = Math.min(grant.endedBy, began)
    grant.store = { began, ended: Infinity }
    const entry = { ...lease, bytes: Uint8Array.of(1), tags: grant.tags, ttlMs: 60_000 }
    const result = await this.#outcome(process.store(entry))
    grant.store.ended = this.#history.note('store ends', grant.token, result)
    this.seen.add(`${grant.kind}: ${result}`)
    if (result === 'stored') this.#history.checkStored(grant, began)
    return result
  }

  async #write(process: MemcachedNamespace): Promise<void> {
    const [key, version] = [this.#dice.pick(this.#keys), this.#dice.pick(this.#versions)]
    const write = this.#history.change('write', { keys: [key] })
    const token = await this.#outcome(process.startWrite(key, version))
    write.ended = this.#history.note('write starts', key, version, token)
    if (token === undefined) {
      this.seen.add('refused write')
      return this.#history.refuse(write)
    }
    const grant = this.#history.grant({ ...write, kind: 'write', token, key, version })
    const result = await this.#load(process, grant)
    // As the engine does: if a server loses the item of a write, it does not refuse another one that overlaps.
    if (result === 'lost') {
      await this.#run(this.#history.change('invalidation', { keys: [key] }), () =>
        process.invalidate({ keys: [key] }),
      )
    }
    if (grant.store !== undefined) grant.store.ended = this.#history.note('write ends', token)
  }

  async #change(process: MemcachedNamespace): Promise<void> {
    const { chance, pick } = this.#dice
    const keys = chance(0.6) ? [pick(this.#keys)] : []
    const tags = chance(0.5) ? [pick(TAGS)] : []
    const everything = keys.length + tags.length === 0
    const change: RemoteChange = { keys, tags, everything }
    if (chance(0.3)) {
      const at = 1000 + this.#history.now
      await this.#run(this.#history.change('expiry', { keys, tags, at }), () => process.expire(change, at))
    } else {
      const run = () => (everything ? process.clear() : process.invalidate({ keys, tags }))
      await this.#run(this.#history.change('invalidation', { keys, tags }), run)
    }
  }

  async #run(change: Change, call: () => Promise<void>): Promise<void> {
    const isDone = await this.#outcome(call().then(() => true))
    if (isDone) change.ended = this.#history.note('change ends', change)
  }

  /** A call that failed because a server was restarted may have had an effect. */
  async #outcome<T>(call: Promise<T>): Promise<T | undefined> {
    if (!this.#loses) return await call
    return await call.catch(() => {
      this.#history.note('failed')
      return undefined
    })
  }
}

/** Values of a key have a tag that all values have, and one of their own. */
function tagsOf(key: string): string[] {
  return ['all', key === 'a' ? 'red' : 'blue']
}

function identityOf(answer: RemoteAnswer): string | undefined {
  if (answer.kind === 'value') return answer.id
  return answer.kind === 'lease' ? answer.token : undefined
}
