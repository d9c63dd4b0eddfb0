/**
 * Invalidations and expiries on one server. An invalidation can be repeated, and executed late or in another order: it costs
 * loads, and never brings an old value back.
 */
import type { MetaCommand } from './client/meta-command.ts'
import type { MetaReply } from './client/meta-reply.ts'
import { read, remove, writeMark } from './items/commands.ts'
import type { ItemKeys } from './items/item-keys.ts'
import { MAX_SECONDS, secondsLeft } from './items/lifetimes.ts'
import { expiredContent } from './items/marks.ts'
import { replyOf } from './items/replies.ts'
import type { Session } from './session.ts'

/** Number of attempts of an expiry while other processes change the same marks. After that the marks are removed. */
const MAX_TRIES = 10

export class Changes {
  readonly #keys: ItemKeys

  constructor(keys: ItemKeys) {
    this.#keys = keys
  }

  /**
   * Marks of names are removed, because the next read makes them again before its lease. Marks of tags are replaced: a load may
   * find out its tags when it ends.
   */
  async invalidate(session: Session, names: readonly string[], tags: readonly string[]): Promise<void> {
    const tagKeys = tags.map((tag) => this.#keys.tag(tag))
    const replies = await session.run([
      ...names.map((name) => remove(this.#keys.name(name))),
      ...tagKeys.map((key) => writeMark(key)),
    ])
    for (const reply of replies.slice(0, names.length)) replyOf(reply)
    // A full server that evicts nothing still removes items.
    const refused = tagKeys.filter((_, i) => replies[names.length + i]?.code === 'error')
    await this.#remove(session, refused)
  }

  async clear(session: Session): Promise<void> {
    await this.#remove(session, [this.#keys.namespace()])
  }

  /** @param at time from which the values are stale, epoch ms */
  async expire(session: Session, keys: readonly string[], at: number): Promise<void> {
    let open = keys
    for (let tries = 0; open.length > 0 && tries < MAX_TRIES; tries++)
      open = await this.#tryToExpire(session, open, at)
    await this.#remove(session, open)
  }

  /** Returns the keys of the marks that were changed meanwhile. What depends on a missing mark is dead already. */
  async #tryToExpire(session: Session, keys: readonly string[], at: number): Promise<string[]> {
    const marks = await session.run(keys.map((key) => read(key, 't')))
    const found: string[] = []
    const commands: MetaCommand[] = []
    for (const [i, key] of keys.entries()) {
      const mark = replyOf(marks[i])
      if (mark.code !== 'VA') continue
      found.push(key)
      commands.push(expiryOf(key, mark, at))
    }
    const replies = await session.run(commands)
    return found.filter((_, i) => replies[i]?.code !== 'HD' && replies[i]?.code !== 'NF')
  }

  async #remove(session: Session, keys: readonly string[]): Promise<void> {
    for (const reply of await session.run(keys.map((key) => remove(key)))) replyOf(reply)
  }
}

function expiryOf(key: string, mark: MetaReply & { code: 'VA' }, at: number): MetaCommand {
  const seconds = Math.min(secondsLeft(mark.flags) + 1, MAX_SECONDS)
  return { verb: 'ms', key, flags: `C${mark.cas} T${seconds}`, value: expiredContent(mark, at) }
}
