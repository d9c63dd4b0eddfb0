/** One look at the items of several requests: their entries, and the marks on which these depend. */
import type { RemoteRead } from '../store.ts'
import type { MetaCommand } from './client/meta-command.ts'
import type { MetaReply } from './client/meta-reply.ts'
import { createMark, read, readCas } from './items/commands.ts'
import { type EntryItem, entryItem } from './items/entry-items.ts'
import { markSecondsOf, secondsLeft } from './items/lifetimes.ts'
import { staleFrom } from './items/marks.ts'
import { replyOf } from './items/replies.ts'
import type { NamespaceParts } from './namespace-parts.ts'
import { NO_TAGS } from './seen-tags.ts'
import type { Session } from './session.ts'

/**
 * The first commands read the entries, then the marks of the names follow, that of the namespace, refresh leases, and tags. The
 * entries come first: a lease whose mark was made after the mark was read would seem to be dead.
 */
export class Look {
  readonly entries: EntryItem[] = []
  readonly #requests: readonly RemoteRead[]
  readonly #parts: NamespaceParts
  #replies: MetaReply[] = []
  readonly #refreshPositions: number[] = []
  readonly #tagPositions = new Map<string, number>()

  constructor(requests: readonly RemoteRead[], parts: NamespaceParts) {
    this.#requests = requests
    this.#parts = parts
  }

  async take(session: Session): Promise<void> {
    const { keys } = this.#parts
    this.#replies = await session.run(this.#commands())
    for (let i = 0; i < this.#requests.length; i++) this.entries.push(entryItem(this.#replies[i]))
    const unread = this.#unreadTags()
    if (unread.length === 0) return
    for (const [i, tag] of unread.entries()) this.#tagPositions.set(tag, this.#replies.length + i)
    this.#replies.push(...(await session.run(unread.map((tag) => read(keys.tag(tag))))))
  }

  /** Remaining lifetime of the entry of a request that may refresh it. */
  entrySeconds(i: number): number {
    return secondsLeft(replyOf(this.#replies[i]).flags)
  }

  /** CAS number of the refresh lease of a request that may refresh the entry; 0 if there is none. */
  refreshCas(i: number): number {
    return replyOf(this.#replies[this.#refreshPositions[i] ?? -1]).cas
  }

  /** As {@link staleFrom}, by the marks of the namespace and of the name. */
  staleFromNames(i: number, leaseCas: number): number {
    const count = this.#requests.length
    const fromName = staleFrom(this.#replies[count + i], leaseCas)
    return Math.min(fromName, staleFrom(this.#replies[2 * count], leaseCas))
  }

  staleFromTag(tag: string, leaseCas: number): number {
    return staleFrom(this.#tagMark(tag), leaseCas)
  }

  /**
   * Returns the commands that make the missing marks of a request. Marks that exist are not made again: a full server deletes an
   * item that it cannot write.
   */
  missingMarks(i: number, tags: Iterable<string>): MetaCommand[] {
    const { keys, leaseSeconds } = this.#parts
    const count = this.#requests.length
    const missing: MetaCommand[] = []
    if (this.#replies[2 * count]?.code !== 'VA') missing.push(createMark(keys.namespace()))
    for (const tag of tags) if (this.#tagMark(tag)?.code !== 'VA') missing.push(createMark(keys.tag(tag)))
    if (this.#replies[count + i]?.code !== 'VA') {
      missing.push(createMark(keys.name(this.#requests[i]?.name ?? ''), markSecondsOf(leaseSeconds)))
    }
    return missing
  }

  #commands(): MetaCommand[] {
    const { keys, seenTags } = this.#parts
    const requests = this.#requests
    const commands = requests.map((request) => read(keys.entry(request), mayRefresh(request) ? 't' : ''))
    for (const { name } of requests) commands.push(read(keys.name(name)))
    commands.push(read(keys.namespace()))
    for (const [i, request] of requests.entries()) {
      if (mayRefresh(request)) this.#refreshPositions[i] = commands.push(readCas(keys.refresh(request))) - 1
      for (const tag of seenTags.tagsOf(request.name) ?? request.tags ?? NO_TAGS) {
        if (this.#tagPositions.has(tag)) continue
        this.#tagPositions.set(tag, commands.push(read(keys.tag(tag))) - 1)
      }
    }
    return commands
  }

  /** Returns the tags of the values whose marks were not read. */
  #unreadTags(): string[] {
    const unread = new Set<string>()
    for (const [i, entry] of this.entries.entries()) {
      if (entry.kind !== 'value' || entry.tags === '') continue
      for (const tag of this.#parts.seenTags.see(this.#requests[i]?.name ?? '', entry.tags)) {
        if (!this.#tagPositions.has(tag)) unread.add(tag)
      }
    }
    return [...unread]
  }

  #tagMark(tag: string): MetaReply | undefined {
    const position = this.#tagPositions.get(tag)
    return position === undefined ? undefined : this.#replies[position]
  }
}

/** Returns true if a value may be found that stays readable while it is loaded again. */
function mayRefresh({ not, lease }: RemoteRead): boolean {
  return not !== undefined && lease
}
