/** An answer to a plain GET, in parts that need no `Response`. */

export interface SocketAnswer {
  readonly status: number
  /** Headers without cookies, with their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[]
  readonly body: string | Uint8Array | null
}

/** Returns the answer if the URL is known and fresh, and counts it as served. */
export type FindAnswer = (url: string) => SocketAnswer | undefined
