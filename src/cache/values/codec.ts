/** Serialisation of values for a remote tier. */
import { withMethods } from '../../options.ts'
import { sizeOf } from './size-of.ts'

/** Converts values to bytes and back. `decode` must return `undefined` for bytes that it cannot read, and must not throw. */
export interface Codec<T = unknown> {
  encode(value: T): Uint8Array<ArrayBuffer>
  decode(bytes: Uint8Array<ArrayBuffer>): T | undefined
  /**
   * Version of the encoding, an unsigned 32-bit integer. Each version has separate entries in a remote tier, so that two
   * deployments can run side by side. Invalidating a key or tag invalidates the entries of all versions. Default: 0.
   */
  readonly version?: number
  /** Memory that a decoded value takes, in bytes. Default, also if it throws: an estimate made by walking the value. */
  bytes?(value: T): number | undefined
}

export const aCodec = withMethods('a codec with encode and decode', 'encode', 'decode')

/**
 * Returns the memory that a decoded value takes, in bytes.
 *
 * @param maxBytes an estimate stops here, and the result is Infinity.
 */
export function sizeOfDecoded(codec: Codec, value: unknown, maxBytes: number): number {
  try {
    const bytes = codec.bytes?.(value)
    if (bytes !== undefined) return bytes
  } catch {
    // The value itself is usable, so the read must not fail.
  }
  return sizeOf(value, maxBytes)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Decodes JSON in UTF-8; `undefined` for bytes that are something else. */
export function decodeJson(bytes: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined // the tier treats unreadable bytes as a miss
  }
}
