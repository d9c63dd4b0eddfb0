/** Types of the members that the tests use; the package has none. */
declare module 'http-cache-semantics' {
  interface Message {
    headers: Record<string, string>
  }

  export default class CachePolicy {
    constructor(
      request: Message & { method: string; url: string },
      response: Message & { status: number },
      options: { shared: boolean },
    )
    /** Epoch ms. */
    now(): number
    storable(): boolean
    /** In seconds, like `age`. */
    maxAge(): number
    age(): number
    /** In ms, including the stale windows. */
    timeToLive(): number
  }
}
