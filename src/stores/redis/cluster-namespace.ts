/**
 * A namespace in a Redis Cluster, where a script uses the keys of one node. An operation asks the tag table first, then the node of
 * the entry, and a read of values with tags asks the table again. A value is returned only if the table, asked after
 * the read began, does not invalidate it; the guarantees are those of a single server.
 */
import type { RemoteAnswer, RemoteChange, RemoteEntry, RemoteLease, RemoteRead } from '../store.ts'
import { expiredTags } from './expired-tags.ts'
import type { NamespaceOperations } from './namespace-operations.ts'
import { answerOf, earliest } from './replies.ts'
import type { Script } from './script-runner.ts'
import {
  expireScript,
  readScript,
  releaseScript,
  renewScript,
  startWriteScript,
  storeScript,
} from './scripts/entry-scripts.ts'
import { clusterEntryPrelude, clusterParts, clusterTablePrelude } from './scripts/prelude.ts'
import { checkScript, publishScript, tagsScript } from './scripts/table-scripts.ts'
import type { NamespaceParts } from './server-namespace.ts'
import { sliced } from './sliced.ts'
import { textOf } from './value-text.ts'

const MAX_TAGS = 2000

/** Number of values of one key that an invalidation may end while a read looks at them. */
const MAX_READS = 4

const read: Script = { prelude: clusterEntryPrelude, body: readScript(clusterParts) }
const store: Script = { prelude: clusterEntryPrelude, body: storeScript(clusterParts) }
const renew: Script = { prelude: clusterEntryPrelude, body: renewScript }
const release: Script = { prelude: clusterEntryPrelude, body: releaseScript }
const startWrite: Script = { prelude: clusterEntryPrelude, body: startWriteScript(clusterParts) }
const expire: Script = { prelude: clusterEntryPrelude, body: expireScript }
const check: Script = { prelude: clusterTablePrelude, body: checkScript }
const mark: Script = { prelude: clusterTablePrelude, body: tagsScript }
const publish: Script = { prelude: '', body: publishScript }

/** Epoch and number of the table; empty without a table. */
type TableState = string

interface Checked {
  readonly state: TableState
  /** True if everything was made stale, so that values without tags may be stale too. */
  readonly isExpired: boolean
  /** For each value `dead`, or the time of its expiry. */
  readonly verdicts: readonly unknown[]
}

/** The parts of a value or lease that the table is asked about. */
interface Made {
  readonly epoch: string
  readonly seq: string
  readonly tags: string
}

export class ClusterNamespace implements NamespaceOperations {
  readonly #parts: NamespaceParts

  constructor(parts: NamespaceParts) {
    this.#parts = parts
  }

  async read(requests: readonly RemoteRead[], waiter: string): Promise<RemoteAnswer[]> {
    const checked = await this.#check(requests.some(({ lease }) => lease))
    return await Promise.all(requests.map((request) => this.#read(request, waiter, checked)))
  }

  async #read(request: RemoteRead, waiter: string, first: Checked): Promise<RemoteAnswer> {
    const { name, version, lease } = request
    let { not = '' } = request
    let { state, isExpired } = first
    for (let reads = 0; reads < MAX_READS; reads++) {
      const args = [`${this.#parts.leaseMs}`, waiter, version, not, lease ? 'lease' : '']
      const [reply, text] = await this.#onEntry(read, name, state, args)
      const [kind, id = '', at = '-', seq = '', ...tags] = String(reply).split(' ')
      if (kind !== 'value' || (tags[0] === '' && !isExpired)) return answerOf(reply, text)
      const made = { epoch: epochOf(state), seq, tags: tags.join(' ') }
      const next = await this.#check(lease, made)
      const [verdict] = next.verdicts
      if (verdict !== 'dead') return answerOf(`value ${id} ${earliest(at, String(verdict))}`, text)
      not = id
      state = next.state
      isExpired = next.isExpired
    }
    return { kind: lease ? 'refused' : 'absent' }
  }

  async store({ name, version, token, bytes, tags, ttlMs }: RemoteEntry): Promise<'stored' | 'lost'> {
    const made = { ...(await this.#leaseOf(name, version)), tags: tags.join(' ') }
    const { verdicts, state } = await this.#check(false, made)
    const isAlive = verdicts[0] !== 'dead'
    const args = [token, version, textOf(bytes), made.tags, `${ttlMs}`, this.#parts.names.wake, name]
    const expiry = isAlive ? String(verdicts[0]) : '-'
    const [result] = await this.#onEntry(store, name, isAlive ? state : '', [...args, expiry])
    return result === 'stored' ? 'stored' : 'lost'
  }

  /** Reads what the table is asked about a lease; the script checks that the lease still holds. */
  async #leaseOf(name: string, version: string): Promise<Omit<Made, 'tags'>> {
    const { connection, names } = this.#parts
    const text = await connection.command(['HGET', names.entry(name), `l${version}`])
    const [, , epoch = '', seq = ''] = String(text ?? '').split(' ')
    return { epoch: epoch.split('@')[0] ?? '', seq: seq || '0' }
  }

  async renew({ name, version, token }: RemoteLease): Promise<boolean> {
    const { state } = await this.#check(false)
    const [result] = await this.#onEntry(renew, name, state, [token, version, `${this.#parts.leaseMs}`])
    return result === 'renewed'
  }

  async release({ name, version, token }: RemoteLease): Promise<void> {
    await this.#onEntry(release, name, '', [token, version, this.#parts.names.wake, name])
  }

  async startWrite(name: string, version: string, announcement?: string): Promise<string | undefined> {
    const { names, leaseMs } = this.#parts
    const { state } = await this.#check(true)
    const args = [version, `${leaseMs}`, names.wake, name, '', '']
    const [result, token] = await this.#onEntry(startWrite, name, state, args)
    await this.#announceIf(announcement)
    return result === 'lease' ? String(token) : undefined
  }

  async invalidate({ keys = [], tags = [] }: RemoteChange, announcement?: string): Promise<void> {
    const { connection, names } = this.#parts
    await Promise.all([
      ...keys.map(async (key) => connection.command(['DEL', names.entry(key)])),
      ...this.#mark(tags, ''),
    ])
    await this.#announceIf(announcement)
  }

  async expire(change: RemoteChange, at: number, announcement?: string): Promise<void> {
    const time = `${Math.round(at)}`
    await Promise.all([
      ...(change.keys ?? []).map((key) => this.#onEntry(expire, key, '', [time, '', ''])),
      ...this.#mark(expiredTags(change), time),
    ])
    await this.#announceIf(announcement)
  }

  async clear(announcement?: string): Promise<void> {
    await this.#parts.connection.command(['DEL', ...this.#parts.names.table])
    await this.#announceIf(announcement)
  }

  /** Through the node of the table, because messages that pass through different nodes can arrive in another order. */
  async announce(announcement: string): Promise<void> {
    const { scripts, names } = this.#parts
    await scripts.run(publish, [names.table[0]], [names.bus, announcement])
  }

  /** After the change has ended, because no order holds between nodes. */
  async #announceIf(announcement: string | undefined): Promise<void> {
    if (announcement !== undefined) await this.announce(announcement)
  }

  #mark(tags: readonly string[], at: string): Promise<unknown>[] {
    return sliced(tags, MAX_TAGS).map((slice) => this.#onTable(mark, [at, '', '', ...slice]))
  }

  /** @param create true if a missing table is to be made, as a lease needs it. */
  async #check(create: boolean, ...values: Made[]): Promise<Checked> {
    const args = values.flatMap(({ epoch, seq, tags }) => [epoch, seq, tags])
    const [epoch, number, expired, ...verdicts] = await this.#onTable(check, [
      create ? 'create' : '',
      ...args,
    ])
    return { state: epoch === '' ? '' : `${epoch} ${number}`, isExpired: expired !== '', verdicts }
  }

  #onTable(script: Script, args: readonly string[]): Promise<readonly unknown[]> {
    const { scripts, names, unique } = this.#parts
    return scripts.run(script, names.table, [unique(), '', ...args])
  }

  #onEntry(script: Script, name: string, state: TableState, args: readonly string[]) {
    const { scripts, names, unique } = this.#parts
    return scripts.run(script, [names.entry(name)], [unique(), state, ...args])
  }
}

function epochOf(state: TableState): string {
  return state.split(' ')[0] ?? ''
}
