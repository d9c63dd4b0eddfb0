/**
 * Reads of the names of one server. A value is returned if the marks of its namespace, its name and all its tags exist, and none
 * was invalidated after the lease of its load. One round trip reads all of them, if this process has seen the tags before.
 */
import type { RemoteAnswer, RemoteRead } from '../store.ts'
import { type Claim, Claims } from './claims.ts'
import type { ValueItem } from './items/entry-items.ts'
import { DEAD, FRESH } from './items/marks.ts'
import { Look } from './look.ts'
import type { NamespaceParts } from './namespace-parts.ts'
import { NO_TAGS } from './seen-tags.ts'
import type { Session } from './session.ts'

/** Number of times that a read fetches an item which other processes change at the same time. */
const MAX_LOOKS = 4

const ABSENT: RemoteAnswer = { kind: 'absent' }
const BUSY: RemoteAnswer = { kind: 'busy' }
const REFUSED: RemoteAnswer = { kind: 'refused' }

export class Reads {
  readonly #parts: NamespaceParts
  readonly #claims: Claims

  constructor(parts: NamespaceParts) {
    this.#parts = parts
    this.#claims = new Claims(parts)
  }

  /** Returns one answer per request, in the order of the requests. */
  async read(session: Session, requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> {
    const answers = await this.#look(session, requests)
    for (let looks = 1; !answers.every(isAnswer); looks++) {
      const open = answers.flatMap((answer, i) => (answer.kind === 'claim' ? [{ i, claim: answer }] : []))
      const claimed = await this.#claims.claim(
        session,
        open.map(({ claim }) => claim),
      )
      const lost = open.filter(({ i }, j) => {
        answers[i] = claimed[j] ?? REFUSED
        return claimed[j] === undefined
      })
      if (lost.length === 0 || looks === MAX_LOOKS) continue
      const again = await this.#look(
        session,
        lost.map(({ claim }) => claim.request),
      )
      for (const [j, { i }] of lost.entries()) answers[i] = again[j] ?? REFUSED
    }
    return answers
  }

  async #look(session: Session, requests: readonly RemoteRead[]): Promise<(RemoteAnswer | Claim)[]> {
    const look = new Look(requests, this.#parts)
    await look.take(session)
    return requests.map((request, i) => this.#judge(request, i, look))
  }

  #judge(request: RemoteRead, i: number, look: Look): RemoteAnswer | Claim {
    const { not, lease } = request
    const entry = look.entries[i]
    if (entry?.kind === 'value') return this.#judgeValue(entry, request, i, look)
    if (!lease) return ABSENT
    if (entry?.kind === 'lease' && not !== '*' && look.staleFromNames(i, entry.cas) !== DEAD) return BUSY
    return this.#claimOf(request, i, look)
  }

  #judgeValue(entry: ValueItem, request: RemoteRead, i: number, look: Look): RemoteAnswer | Claim {
    const { not, lease, name } = request
    const { leaseCas, id, bytes } = entry
    const isGoodEnough = not !== '*' && not !== id
    if (!isGoodEnough && !lease) return ABSENT
    let from = look.staleFromNames(i, leaseCas)
    const tags = entry.tags === '' ? NO_TAGS : this.#parts.seenTags.see(name, entry.tags)
    for (const tag of tags) from = Math.min(from, look.staleFromTag(tag, leaseCas))
    if (from !== DEAD && isGoodEnough) {
      return from === FRESH ? { kind: 'value', bytes, id } : { kind: 'value', bytes, id, expiredAt: from }
    }
    if (!lease) return ABSENT
    if (from === DEAD) return this.#claimOf(request, i, look, tags)

    const refreshCas = look.refreshCas(i)
    // A value that was loaded after the lease was granted has ended it, and so has an invalidation.
    const isRunning = refreshCas > leaseCas && look.staleFromNames(i, refreshCas) !== DEAD
    if (isRunning && not !== '*') return BUSY
    const refresh = { cas: refreshCas, entrySeconds: look.entrySeconds(i) }
    return { ...this.#claimOf(request, i, look, tags), refresh }
  }

  /** @param tags of the present value, which the next value may have too */
  #claimOf(request: RemoteRead, i: number, look: Look, tags: readonly string[] = NO_TAGS): Claim {
    const seen = this.#parts.seenTags.tagsOf(request.name) ?? NO_TAGS
    const missing = look.missingMarks(i, new Set([...tags, ...seen, ...(request.tags ?? NO_TAGS)]))
    return { kind: 'claim', request, entryCas: look.entries[i]?.cas ?? 0, missing }
  }
}

function isAnswer(answer: RemoteAnswer | Claim): answer is RemoteAnswer {
  return answer.kind !== 'claim'
}
