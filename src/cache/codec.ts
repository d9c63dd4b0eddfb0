/** Serialisation of values for a remote tier. */
import { withMethods } from '../options.ts'

/** Converts values to bytes and back. `decode` must return `undefined` for bytes that it cannot read, and must not throw. */
export interface Codec<T = unknown> {
  encode(value: T): Uint8Array<ArrayBuffer>
  decode(bytes: Uint8Array<ArrayBuffer>): T | undefined
  /**
   * Version of the encoding, an unsigned 32-bit integer. Each version has separate entries in a remote tier, so that two
   * deployments can run side by side. Invalidating a key or tag invalidates the entries of all versions. Default: 0.
   */
  readonly version?: number
  /** Memory that a decoded value takes, in bytes. Default: an estimate made by walking the value. */
  bytes?(value: T): number
}

export const aCodec = withMethods('a codec with encode and decode', 'encode', 'decode')

/**
 * JSON in UTF-8. `encode` throws for a value that `JSON.stringify` rejects, such as a BigInt or a cycle. Such a value is not
 * stored in the remote tier.
 */
export const jsonCodec: Codec = {
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode(bytes) {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      return undefined // the tier treats unreadable bytes as a miss
    }
  },
}
