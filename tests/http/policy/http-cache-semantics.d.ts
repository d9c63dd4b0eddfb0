/** What is used of it: the package has no types of its own. */
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
    /** In seconds, as all but the last. */
    maxAge(): number
    age(): number
    /** In ms, with the time that it may be used stale. */
    timeToLive(): number
  }
}
