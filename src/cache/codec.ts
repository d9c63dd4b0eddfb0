/** Serialisation of values for a remote tier. */
import { withMethods } from '../options.ts'

/** `decode` returns `undefined` for bytes that it cannot read, and never throws. */
export interface Codec<T = unknown> {
  encode(value: T): Uint8Array<ArrayBuffer>
  decode(bytes: Uint8Array<ArrayBuffer>): T | undefined
  /**
   * Version of the encoded form, an unsigned 32-bit integer. Each version has entries of its own in a remote tier, so that two
   * deployments can run side by side; an invalidation of a key or tag reaches all versions. Default 0.
   */
  readonly version?: number
  /** The memory that a decoded value takes, in bytes. Default: an estimate made by walking it. */
  bytes?(value: T): number
}

export const aCodec = withMethods('a codec with encode and decode', 'encode', 'decode')

/** Throws when it encodes a value that JSON cannot represent. Such a value is not stored remotely. */
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
