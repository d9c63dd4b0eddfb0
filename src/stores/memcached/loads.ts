/** The end of loads: stores their values, renews their leases and releases them. */
import type { RemoteEntry, RemoteLease, StoreResult } from '../store.ts'
import type { MetaCommand } from './client/meta-command.ts'
import { createMark, read, readCas, remove, renumber } from './items/commands.ts'
import { valueContent } from './items/entry-items.ts'
import type { LoadLease, RefreshLease } from './items/lease-token.ts'
import { MAX_SECONDS, markSecondsOf, secondsLeft, secondsOf } from './items/lifetimes.ts'
import { DEAD, staleFrom } from './items/marks.ts'
import { isTooLarge, replyOf } from './items/replies.ts'
import { isAccepted } from './items/value-size.ts'
import type { NamespaceParts } from './namespace-parts.ts'
import type { Session } from './session.ts'

type LeaseOfLoad = LoadLease | RefreshLease

export class Loads {
  readonly #parts: NamespaceParts

  constructor(parts: NamespaceParts) {
    this.#parts = parts
  }

  /**
   * Stores the value if nothing has changed its entry since the lease was granted. The same round trip reads the marks and extends
   * their lifetimes. So a value that the marks do not allow is stored too, but no read returns it.
   */
  async store(session: Session, entry: RemoteEntry, lease: LeaseOfLoad): Promise<StoreResult> {
    const { keys, leaseSeconds, seenTags } = this.#parts
    const { name, tags } = entry
    const key = keys.entry(entry)
    const value = valueContent({ ...entry, leaseCas: lease.entryCas, id: entry.token })
    if (!isAccepted(session.server.maxItemBytes, key, value))
      return await this.#endTooLarge(session, entry, lease)

    const seconds = secondsOf(entry.ttlMs)
    const tagKeys = tags.map((tag) => keys.tag(tag))
    const replies = await session.run([
      read(keys.namespace(), `T${MAX_SECONDS}`),
      read(keys.name(name), `T${markSecondsOf(leaseSeconds, seconds)}`),
      ...tagKeys.map((tag) => read(tag, `T${MAX_SECONDS}`)),
      { verb: 'ms', key, flags: `C${lease.entryCas} T${seconds}`, value },
      ...this.#endOfRefresh(entry, lease),
    ])
    const marks = replies.slice(0, 2 + tags.length)
    const stored = replies[marks.length]
    if (isTooLarge(stored)) return await this.#endTooLarge(session, entry, lease)
    const isStored = replyOf(stored).code === 'HD'
    // Only the load knew of these tags. A mark that is made now allows the next load to store its value.
    const missing = tagKeys.filter((_, i) => marks[2 + i]?.code !== 'VA')
    await session.run(missing.map((tag) => createMark(tag)))
    if (!isStored || marks.some((mark) => staleFrom(mark, lease.entryCas) === DEAD)) return 'lost'
    seenTags.see(name, tags.join(' '))
    return 'stored'
  }

  /** A touch changes no CAS number. If it races with a change of the entry, the new value may end too early. */
  async renew(session: Session, { name, version }: RemoteLease, lease: LeaseOfLoad): Promise<boolean> {
    const { keys, leaseSeconds } = this.#parts
    const { entryCas } = lease
    const entryKey = keys.entry({ name, version })
    const refreshKey = keys.refresh({ name, version })
    const [namespaceMark, nameMark, entry, refresh] = await session.run([
      read(keys.namespace()),
      read(keys.name(name)),
      readCas(entryKey, 't'),
      ...(lease.kind === 'refresh' ? [readCas(refreshKey)] : []),
    ])
    if ([namespaceMark, nameMark].some((mark) => staleFrom(mark, entryCas) === DEAD)) return false
    const { cas, flags } = replyOf(entry)
    if (cas !== entryCas) return false

    const touched: [key: string, cas: number][] = []
    if (lease.kind === 'refresh') {
      if (replyOf(refresh).cas !== lease.refreshCas) return false
      touched.push([refreshKey, lease.refreshCas])
    }
    // The entry of a refresh is a value, whose own lifetime may be longer.
    if (lease.kind === 'load' || secondsLeft(flags) < leaseSeconds) touched.push([entryKey, entryCas])
    const replies = await session.run(touched.map(([key]) => readCas(key, `T${leaseSeconds}`)))
    return touched.every(([, cas], i) => replyOf(replies[i]).cas === cas)
  }

  /** A value that is being refreshed stays, at another CAS number. */
  async release(session: Session, { name, version }: RemoteLease, lease: LeaseOfLoad): Promise<void> {
    const { keys } = this.#parts
    const key = keys.entry({ name, version })
    const replies = await session.run(
      lease.kind === 'load'
        ? [remove(key, lease.entryCas)]
        : [renumber(key, lease.entryCas), ...this.#endOfRefresh({ name, version }, lease)],
    )
    for (const reply of replies) replyOf(reply)
  }

  async #endTooLarge(session: Session, entry: RemoteLease, lease: LeaseOfLoad): Promise<StoreResult> {
    await this.release(session, entry, lease)
    return 'too-large'
  }

  #endOfRefresh(entry: Pick<RemoteLease, 'name' | 'version'>, lease: LeaseOfLoad): MetaCommand[] {
    return lease.kind === 'refresh' ? [remove(this.#parts.keys.refresh(entry), lease.refreshCas)] : []
  }
}
