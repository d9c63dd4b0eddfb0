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

/** With one of these headers, the verdict depends on the time, or on texts that few responses have. */
const NOT_REMEMBERED = [
  ...['date', 'age', 'expires', 'last-modified'],
  ...['set-cookie', 'vary', 'x-hono-already-sent'],
]

export class VerdictMemo {
  readonly #options: PolicyOptions
  readonly #now: () => number
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
    const id = idOf(authorized, status, sent, internal)
    const known = id === undefined ? undefined : this.#known.get(id)
    if (known !== undefined) return known
    const judgement = {
      verdict: judgeStorage(authorized, status, headers, this.#options, this.#now()),
      cacheControl: withAddedDirectives({ status, headers }, this.#options),
    }
    if (id !== undefined && id.length <= MAX_ID_LENGTH) this.#known.set(id, judgement)
    return judgement
  }
}

/** Long values are seldom equal to those of another response. */
const MAX_ID_LENGTH = 1024

const DIRECTIVES = ['cache-control', 'cdn-cache-control', 'content-type']

/** Everything on which the verdict depends; `undefined` if it depends on more than the texts. */
function idOf(authorized: boolean, status: number, sent: Values, internal: Values): string | undefined {
  for (const name of NOT_REMEMBERED) if (sent[name] !== undefined) return undefined
  // No value contains a line end. The policy does not read the value of ETag.
  let id = `${status}${authorized ? '!' : ''}${sent.etag === undefined ? '' : '"'}`
  for (const name of DIRECTIVES) id += `\n${sent[name] ?? '\r'}`
  for (const name in internal) id += `\n${name}:${internal[name]}`
  return id
}
