/** Grants leases to reads that found no value that is good enough. */
import type { RemoteAnswer, RemoteRead } from '../store.ts'
import type { MetaCommand } from './client/meta-command.ts'
import { readCas, remove, renumber, writeLease } from './items/commands.ts'
import type { Lease } from './items/lease-token.ts'
import { changedCas } from './items/replies.ts'
import type { NamespaceParts } from './namespace-parts.ts'
import type { Session } from './session.ts'

/** A lease that a read will try to get. */
export interface Claim {
  readonly kind: 'claim'
  readonly request: RemoteRead
  /** CAS number of the entry; 0 if there is none. */
  readonly entryCas: number
  /** Commands that make the marks which a value needs and which are missing. */
  readonly missing: readonly MetaCommand[]
  /** Set if the entry is a value that stays readable during the load. */
  readonly refresh?: {
    /** CAS number of the last refresh lease; 0 if there is none. */
    readonly cas: number
    /** Remaining lifetime of the value. */
    readonly entrySeconds: number
  }
}

/** The answer to a claim; `undefined` if another process has changed the item, so that the read must look again. */
export type Claimed = RemoteAnswer | undefined

/** A claim whose refresh lease was granted. */
interface Refresh {
  readonly claim: Claim
  readonly refreshCas: number
}

const REFUSED: RemoteAnswer = { kind: 'refused' }

export class Claims {
  readonly #parts: NamespaceParts

  constructor(parts: NamespaceParts) {
    this.#parts = parts
  }

  /** Returns one result per claim, in the order of the claims. */
  async claim(session: Session, claims: readonly Claim[]): Promise<Claimed[]> {
    const commands: MetaCommand[] = []
    const marks = new Map<string, number>()
    const leases = claims.map((claim) => {
      for (const mark of claim.missing) {
        if (marks.has(mark.key)) continue
        marks.set(mark.key, commands.length)
        commands.push(mark)
      }
      return commands.push(this.#leaseOf(claim)) - 1
    })
    const replies = await session.run(commands)
    const granted = leases.map((position) => changedCas(replies[position]))
    // Without its marks no value can be stored, and the lease would keep other readers waiting.
    if ([...marks.values()].some((position) => replies[position]?.code === 'error')) {
      await session.run(claims.flatMap((claim, i) => this.#undo(claim, granted[i] ?? 0)))
      return claims.map(() => REFUSED)
    }
    const refreshed = await this.#refresh(
      session,
      claims.flatMap((claim, i) => {
        const refreshCas = granted[i] ?? 0
        return claim.refresh !== undefined && refreshCas !== 0 ? [{ claim, refreshCas }] : []
      }),
    )
    return claims.map((claim, i) => {
      const reply = replies[leases[i] ?? -1]
      const entryCas = granted[i] ?? 0
      if (reply?.code === 'error') return REFUSED
      if (claim.refresh !== undefined || entryCas === 0) return refreshed.get(claim)
      return this.#answer({ kind: 'load', connection: session.connection, entryCas })
    })
  }

  #leaseOf(claim: Claim): MetaCommand {
    const { entryCas, refresh } = claim
    const { leaseSeconds } = this.#parts
    const cas = refresh === undefined ? entryCas : refresh.cas
    return writeLease(this.#leaseKey(claim), leaseSeconds, cas === 0 ? 'ME' : `C${cas}`)
  }

  #leaseKey({ request, refresh }: Claim): string {
    const { keys } = this.#parts
    return refresh === undefined ? keys.entry(request) : keys.refresh(request)
  }

  #undo(claim: Claim, cas: number): MetaCommand[] {
    return cas === 0 ? [] : [remove(this.#leaseKey(claim), cas)]
  }

  /**
   * Gives the entries new CAS numbers, so that earlier leases are lost. The value must not end before its load, because the new
   * value replaces it on the condition that nothing has changed the entry.
   */
  async #refresh(session: Session, refreshes: readonly Refresh[]): Promise<ReadonlyMap<Claim, RemoteAnswer>> {
    const { keys, leaseSeconds } = this.#parts
    const answers = new Map<Claim, RemoteAnswer>()
    const replies = await session.run(
      refreshes.flatMap(({ claim: { request, entryCas, refresh } }) => {
        const key = keys.entry(request)
        const isShort = (refresh?.entrySeconds ?? Infinity) < leaseSeconds
        return [renumber(key, entryCas, isShort ? `T${leaseSeconds}` : ''), readCas(key)]
      }),
    )
    const undone = refreshes.flatMap(({ claim, refreshCas }, i) => {
      const entryCas = replies[2 * i]?.code === 'HD' ? changedCas(replies[2 * i + 1]) : 0
      if (entryCas === 0) return this.#undo(claim, refreshCas)
      const lease = { kind: 'refresh', connection: session.connection, entryCas, refreshCas } as const
      answers.set(claim, this.#answer(lease))
      return []
    })
    await session.run(undone)
    return answers
  }

  /** No item remains of a lease that has run out, so no lease counts as taken over. */
  #answer(lease: Lease): RemoteAnswer {
    return { kind: 'lease', token: this.#parts.tokens.tokenOf(lease), takenOver: false }
  }
}
