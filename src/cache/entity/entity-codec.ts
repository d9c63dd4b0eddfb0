/** The form of an entity's values in a remote tier. */
import { type Codec, jsonCodec } from '../codec.ts'
import { sizeOf } from '../size-of.ts'

export interface EntityCodecOptions<Output> {
  /** The entity's name, for errors. */
  name: string
  version: number
  /** The codec of values that exist. Default JSON. */
  values: Codec | undefined
  /** Checks a decoded value. @throws when it does not fit the schema. */
  check: (value: unknown) => Output
}

/** `null` is stored as no bytes at all. */
export function entityCodec<Output>(options: EntityCodecOptions<Output>): Codec<Output | null> {
  const { name, version, check, values = jsonCodec } = options
  return {
    version,
    encode(value) {
      if (value === null) return new Uint8Array()
      const bytes = values.encode(value)
      if (bytes.length === 0)
        throw new TypeError(`entity ${name}: codec.encode must return at least one byte`)
      return bytes
    },
    decode(bytes) {
      if (bytes.length === 0) return null
      const value = values.decode(bytes)
      if (value === undefined || value === null) return undefined
      return check(value) ?? undefined // a schema error makes the entry count as corrupt
    },
    bytes: (value) => (value === null ? undefined : values.bytes?.(value)) ?? sizeOf(value),
  }
}
