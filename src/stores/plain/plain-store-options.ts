/** Options of a plain store: the operations of a storage of bytes by key. */

export interface PlainStoreOptions {
  /** Name for log lines and errors, such as `postgres`. */
  name: string
  /** Resolves to the bytes of a key, or to `undefined` or `null`. Keys are printable ASCII without spaces, at most 250 characters. */
  get(key: string): Promise<Uint8Array | undefined | null>
  /**
   * Stores bytes under a key for `ttlMs`, a positive whole number of ms. They may be stored longer, and may be lost earlier. The
   * client must not repeat a call late, for example after a reconnection: a repeated one may bring back what was invalidated.
   */
  set(key: string, bytes: Uint8Array<ArrayBuffer>, ttlMs: number): Promise<unknown>
  /** Removes a key. A missing key is no error. */
  delete(key: string): Promise<unknown>
  /** Resolves when the storage answers. Default: a `get`. */
  ping?(): Promise<unknown>
  /** False if a `get` of another process may return an older state after a `set` or `delete` has resolved. Default: true. */
  consistent?: boolean
}
