/** How values become bytes for a remote tier, and values again. */

/** Values as bytes. `decode` gives `undefined` for what it cannot read, and never throws. */
export interface Codec<T = unknown> {
  encode(value: T): Uint8Array<ArrayBuffer>
  decode(bytes: Uint8Array<ArrayBuffer>): T | undefined
  /**
   * Which version of the value's form this is, an unsigned 32-bit integer. Each version has entries of its own in a remote
   * tier, so that two deployments can run side by side; what invalidates a key or a tag reaches all versions. Default 0.
   */
  readonly version?: number
  /** What a decoded value takes in memory. Default: an estimate made by walking it. */
  bytes?(value: T): number
}

/** What cannot be written as JSON throws when it is encoded, and is not kept remotely. */
export const jsonCodec: Codec = {
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode(bytes) {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      return undefined // not JSON: as good as nothing
    }
  },
}
