/**
 * Reads of a namespace. A hit is a read transaction, which waits for no lock. If values are missing, a second transaction looks
 * again and grants the leases.
 */
import type { RemoteAnswer, RemoteRead } from '../store.ts'
import type { Connection } from './file/connection.ts'
import { isBusy, isUnwritable } from './file/result-codes.ts'
import type { SharedFile } from './file/shared-file.ts'
import { type Found, find, findOrGrant, type Scope } from './operations.ts'
import { Patience } from './timing/patience.ts'
import { startSlice } from './timing/slice.ts'
import type { Timing } from './timing/timing.ts'

export interface ReadsParts {
  readonly file: SharedFile
  readonly timing: Timing
  readonly scope: () => Scope
  /** Returns another text at each call, in any process. */
  readonly unique: () => string
  /** Time in ms for which a read waits for a lock. */
  readonly patienceMs: number
  /** Called when another reader holds the lease, with its token. */
  readonly onHeld: (request: RemoteRead, token: string) => void
}

/** Limits of a transaction, besides its time: the number of requests, and the bytes after which it ends. */
const MAX_READS = 64
const MAX_BYTES = 2 * 1024 * 1024

/** Time in ms for which a lease waits for a lock that an earlier one did not get. */
const BLOCKED_PATIENCE_MS = 2

export class Reads {
  readonly #parts: ReadsParts
  /** True while another program holds the lock for long, so that not each miss waits for it. */
  #isBlocked = false

  constructor(parts: ReadsParts) {
    this.#parts = parts
  }

  async read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> {
    const { file, timing, patienceMs } = this.#parts
    const patience = new Patience(timing, patienceMs)
    const found = await this.#inSlices(requests, (slice) =>
      file.run(patience, (connection) => this.#find(connection, slice)),
    )
    const missing = requests.filter((_, i) => found[i]?.kind === 'missing')
    const granted = await this.#inSlices(missing, (slice) => this.#grant(slice, patience))
    return requests.map((request, i) => {
      const result = found[i]
      return this.#answer(request, result?.kind === 'missing' ? granted.shift() : result)
    })
  }

  /** Other work of the event loop runs between two transactions. `run` may return fewer results than it gets requests. */
  async #inSlices(
    requests: readonly RemoteRead[],
    run: (slice: readonly RemoteRead[]) => Promise<Found[]>,
  ): Promise<Found[]> {
    const results: Found[] = []
    while (results.length < requests.length) {
      if (results.length > 0) await this.#parts.timing.turn()
      results.push(...(await run(requests.slice(results.length, results.length + MAX_READS))))
    }
    return results
  }

  #find(connection: Connection, requests: readonly RemoteRead[]): Found[] {
    const isOver = startSlice(this.#parts.timing)
    return connection.read((tables) => {
      const results: Found[] = []
      let bytes = 0
      for (const request of requests) {
        const found = find(tables, this.#parts.scope(), request)
        results.push(found)
        if (found.kind === 'value') {
          connection.visit(found.id)
          bytes += found.size
        }
        if (bytes > MAX_BYTES || isOver()) break
      }
      return results
    })
  }

  /** Answers `refused` if the file cannot be written. */
  async #grant(requests: readonly RemoteRead[], patience: Patience): Promise<Found[]> {
    const { file, timing, scope, unique } = this.#parts
    const limited = this.#isBlocked ? new Patience(timing, BLOCKED_PATIENCE_MS) : patience
    try {
      const results = await file.run(limited, (connection) => {
        const isOver = startSlice(timing)
        return connection.write((tables) => {
          const found: Found[] = []
          for (const request of requests) {
            found.push(findOrGrant(tables, scope(), request, unique()))
            if (isOver()) break
          }
          return found
        })
      })
      this.#isBlocked = false
      return results
    } catch (error) {
      this.#isBlocked = isBusy(error)
      if (!isBusy(error) && !isUnwritable(error)) throw error
      return requests.map(() => ({ kind: 'other', answer: REFUSED }))
    }
  }

  #answer(request: RemoteRead, found: Found | undefined): RemoteAnswer {
    if (found === undefined || found.kind === 'missing') return REFUSED
    if (found.kind !== 'held') return found.answer
    this.#parts.onHeld(request, found.token)
    return { kind: 'busy' }
  }
}

const REFUSED: RemoteAnswer = { kind: 'refused' }
