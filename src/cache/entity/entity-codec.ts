/** Encoding of an entity's values in a remote tier. */
import { type Codec, decodeJson } from '../values/codec.ts'

/** JSON for any value that it can encode: the schema restores the types when it checks the decoded value. */
const lenientJson: Codec = {
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode: decodeJson,
}

/**
 * Creates the codec of an entity's values. Zero bytes mean `null`.
 *
 * @param name the entity's name, for errors.
 * @param check checks a decoded value, and throws when it does not fit the schema.
 * @param values the codec of values other than `null`.
 */
export function entityCodec<Output>(
  name: string,
  version: number,
  check: (value: unknown) => Output,
  values: Codec = lenientJson,
): Codec<Output | null> {
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
      return check(value) // if `check` throws, the entry counts as corrupt
    },
    bytes: (value) => (value === null ? undefined : values.bytes?.(value)),
  }
}
