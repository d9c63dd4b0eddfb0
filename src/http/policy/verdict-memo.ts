/** Remembers the verdicts of the storage policy: the responses of a route mostly set the same directives. */
import { createBoundedMap } from '../bounded-map.ts'
import { withAddedDirectives } from './added-directives.ts'
import { judgeStorage, type PolicyOptions, type StorageVerdict } from './storage-policy.ts'

/** The verdict on a response, and its `Cache-Control` with the directives of the option `cacheControl`. */
export interface Judgement {
  readonly verdict: StorageVerdict
  readonly cacheControl: string | null
}

type Values = Readonly<Record<string, string>>

/** The parts of a response that the policy judges. */
interface Judged {
  authorized: boolean
  status: number
  sent: Values
  internal: Values
}

/** With one of these headers, the verdict depends on the time, or on texts that few responses have. */
const NOT_REMEMBERED = [
  ...['date', 'age', 'expires', 'last-modified'],
  ...['set-cookie', 'vary', 'x-hono-already-sent'],
]

export class VerdictMemo {
  readonly #options: PolicyOptions
  readonly #now: () => number
  /** The last response that was remembered: mostly the next one is like it. */
  #last: (Judged & { judgement: Judgement }) | undefined
  readonly #known = createBoundedMap<Judgement>({ maxLength: 32 * 1024, maxEntries: 128 })

  constructor(options: PolicyOptions, now: () => number) {
    this.#options = options
    this.#now = now
  }

  /**
   * Judges a response as `judgeStorage` does. `targetedControl` must not be a function.
   *
   * @param authorized true if the request has `Authorization`.
   * @param sent the values of the headers, by names in lower case.
   * @param internal the values of hitrate's own headers.
   * @param headers the same headers.
   */
  judge(authorized: boolean, status: number, sent: Values, internal: Values, headers: Headers): Judgement {
    for (const name of NOT_REMEMBERED) {
      if (sent[name] !== undefined) return this.#judge(authorized, status, headers)
    }
    const response = { authorized, status, sent, internal }
    if (this.#last !== undefined && isLike(this.#last, response)) return this.#last.judgement
    const id = idOf(response)
    const judgement = this.#known.get(id) ?? this.#judge(authorized, status, headers)
    if (id.length <= MAX_ID_LENGTH) this.#known.set(id, judgement)
    this.#last = { ...response, judgement }
    return judgement
  }

  #judge(authorized: boolean, status: number, headers: Headers): Judgement {
    return {
      verdict: judgeStorage(authorized, status, headers, this.#options, this.#now()),
      cacheControl: withAddedDirectives({ status, headers }, this.#options),
    }
  }
}

/** Long values are seldom equal to those of another response. */
const MAX_ID_LENGTH = 1024

const DIRECTIVES = ['cache-control', 'cdn-cache-control', 'content-type']

/** Everything on which the verdict depends. */
function idOf({ authorized, status, sent, internal }: Judged): string {
  // No value contains a line end. The policy does not read the value of ETag.
  let id = `${status}${authorized ? '!' : ''}${sent.etag === undefined ? '' : '"'}`
  for (const name of DIRECTIVES) id += `\n${sent[name] ?? '\r'}`
  for (const name in internal) id += `\n${name}:${internal[name]}`
  return id
}

/** True only if both have the same `idOf`. Takes less time than to make the id. */
function isLike(one: Judged, other: Judged): boolean {
  if (one.internal !== other.internal) return false // most responses share an empty object
  if (one.status !== other.status || one.authorized !== other.authorized) return false
  if ((one.sent.etag === undefined) !== (other.sent.etag === undefined)) return false
  for (const name of DIRECTIVES) if (one.sent[name] !== other.sent[name]) return false
  return true
}
