/**
 * Writes. The order of two writes in the database is unknown if they overlap, so neither may leave a value:
 *
 * - A write begins with an item of its own, which shows whether another one is under way, and with a new mark of its name. If
 *   another one is under way, this write is refused, ends the other one by overwriting its item, and invalidates the name once
 *   more, because the other one may have stored its value meanwhile.
 * - A write stores its value only if its item and the mark of its name are those of its beginning. It replaces the mark, so that
 *   loads end that began during the write, and the value counts as loaded at the new mark.
 */
import type { RemoteEntry, RemoteLease, StoreResult } from '../store.ts'
import { createMark, read, readCas, remove, writeLease, writeMark } from './items/commands.ts'
import { valueContent } from './items/entry-items.ts'
import type { WriteLease } from './items/lease-token.ts'
import { MAX_SECONDS, markSecondsOf, secondsOf } from './items/lifetimes.ts'
import { DEAD, FRESH, staleFrom } from './items/marks.ts'
import { changedCas, isTooLarge, replyOf } from './items/replies.ts'
import { isAccepted } from './items/value-size.ts'
import type { NamespaceParts } from './namespace-parts.ts'
import type { Session } from './session.ts'

export class Writes {
  readonly #parts: NamespaceParts

  constructor(parts: NamespaceParts) {
    this.#parts = parts
  }

  /** Resolves to the token of the write; `undefined` if it must not store its value. */
  async start(
    session: Session,
    { name, version }: { name: string; version: string },
    tags: readonly string[],
  ): Promise<string | undefined> {
    const { keys, leaseSeconds, tokens } = this.#parts
    const [nameKey, writeKey, entryKey] = [keys.name(name), keys.write(name), keys.entry({ name, version })]
    const shared = [keys.namespace(), ...tags.map((tag) => keys.tag(tag))]
    const markSeconds = markSecondsOf(leaseSeconds)
    const replies = await session.run([
      writeLease(writeKey, leaseSeconds, 'ME'),
      writeMark(nameKey, markSeconds),
      writeLease(entryKey, leaseSeconds, ''), // in any case: it also ends the loads of this version
      ...shared.map((key) => readCas(key)),
    ])
    let [writeCas = 0, markCas = 0, entryCas = 0] = replies.slice(0, 3).map(changedCas)
    const missing = shared.filter((_, i) => replyOf(replies[3 + i]).code !== 'HD')
    if (missing.length > 0 && writeCas !== 0 && markCas !== 0 && entryCas !== 0) {
      // The write must begin after these marks were made, and its lease after its mark.
      const again = await session.run([
        ...missing.map((key) => createMark(key)),
        writeMark(nameKey, markSeconds, `C${markCas}`),
        writeLease(entryKey, leaseSeconds, `C${entryCas}`),
      ])
      ;[markCas = 0, entryCas = 0] = again.slice(-2).map(changedCas)
    }
    if (writeCas !== 0 && markCas !== 0 && entryCas !== 0) {
      return tokens.tokenOf({ kind: 'write', connection: session.connection, entryCas, writeCas, markCas })
    }
    // The order matters: a write that has deleted its item before this may have stored its value.
    const [, invalidation] = await session.run([writeLease(writeKey, leaseSeconds, ''), remove(nameKey)])
    replyOf(invalidation)
    return undefined
  }

  /** The mark is replaced on the condition that it is the one of the beginning, so that no invalidation in between is lost. */
  async store(session: Session, entry: RemoteEntry, lease: WriteLease): Promise<StoreResult> {
    const { keys, leaseSeconds, seenTags } = this.#parts
    const { name, tags } = entry
    const seconds = secondsOf(entry.ttlMs)
    const tagKeys = tags.map((tag) => keys.tag(tag))
    const [write, mark, ...marks] = await session.run([
      remove(keys.write(name), lease.writeCas),
      writeMark(keys.name(name), markSecondsOf(leaseSeconds, seconds), `C${lease.markCas}`),
      read(keys.namespace(), `T${MAX_SECONDS}`),
      ...tagKeys.map((tag) => read(tag, `T${MAX_SECONDS}`)),
    ])
    replyOf(mark)
    const missing = tagKeys.filter((_, i) => marks[1 + i]?.code !== 'VA')
    await session.run(missing.map((tag) => createMark(tag)))
    // The value will count as loaded at the new mark, so also an expiry since the beginning would be lost.
    const areUnchanged = marks.every((reply) => staleFrom(reply, lease.markCas) === FRESH)
    const leaseCas = changedCas(mark)
    if (replyOf(write).code !== 'HD' || leaseCas === 0 || !areUnchanged) return 'lost'

    const key = keys.entry(entry)
    const value = valueContent({ ...entry, leaseCas, id: entry.token })
    // The lease has ended: it is older than the new mark.
    if (!isAccepted(session.server.maxItemBytes, key, value)) return 'too-large'
    const [stored] = await session.run([{ verb: 'ms', key, flags: `C${lease.entryCas} T${seconds}`, value }])
    if (isTooLarge(stored)) return 'too-large'
    if (replyOf(stored).code !== 'HD') return 'lost'
    seenTags.see(name, tags.join(' '))
    return 'stored'
  }

  async renew(session: Session, { name, version }: RemoteLease, lease: WriteLease): Promise<boolean> {
    const { keys, leaseSeconds } = this.#parts
    const items: [key: string, cas: number][] = [
      [keys.entry({ name, version }), lease.entryCas],
      [keys.write(name), lease.writeCas],
    ]
    const [namespaceMark, nameMark, ...replies] = await session.run([
      read(keys.namespace()),
      read(keys.name(name)),
      ...items.map(([key]) => readCas(key)),
    ])
    const areDead = [namespaceMark, nameMark].some((mark) => staleFrom(mark, lease.markCas) === DEAD)
    if (areDead || !items.every(([, cas], i) => replyOf(replies[i]).cas === cas)) return false
    const touched = await session.run(items.map(([key]) => readCas(key, `T${leaseSeconds}`)))
    return items.every(([, cas], i) => replyOf(touched[i]).cas === cas)
  }

  async release(session: Session, { name, version }: RemoteLease, lease: WriteLease): Promise<void> {
    const { keys } = this.#parts
    const replies = await session.run([
      remove(keys.write(name), lease.writeCas),
      remove(keys.entry({ name, version }), lease.entryCas),
    ])
    for (const reply of replies) replyOf(reply)
  }
}
