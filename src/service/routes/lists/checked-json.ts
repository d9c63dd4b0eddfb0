/** A codec for values in the shared tier, where other programs can write: bytes that do not fit the schema are a miss. */
import type * as z from 'zod'
import type { Codec } from '../../../cache/values/codec.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** JSON in UTF-8, checked by a schema when it is read. The schema must accept its own output. */
export function checkedJson<T>(schema: z.ZodType<T>): Codec<T> {
  return {
    encode: (value) => encoder.encode(JSON.stringify(value)),
    decode(bytes) {
      try {
        return schema.safeParse(JSON.parse(decoder.decode(bytes))).data
      } catch {
        return undefined
      }
    },
  }
}
