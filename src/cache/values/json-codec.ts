/** The default codec. */
import { described } from '../../options.ts'
import { type Codec, decodeJson } from './codec.ts'
import { jsonProblem, survivesJson } from './json-values.ts'

const encoder = new TextEncoder()

/**
 * JSON in UTF-8. `encode` throws a TypeError for a value that would return with another type, such as a Date, a Map, an instance
 * of a class or NaN, so that a key does not have two types of values. Such a value is not stored in the remote tier.
 */
export const jsonCodec: Codec = {
  encode(value) {
    const text = encodedOrUndefined(value)
    if (text !== undefined && survivesJson(value)) return encoder.encode(text)
    const problem = jsonProblem(value) ?? `value is ${described(value)}, which JSON cannot encode`
    throw new TypeError(`${problem}; pass a codec`)
  },
  decode: decodeJson,
}

/** Returns `undefined` if JSON cannot encode the value. @throws the error of a getter or `toJSON`. */
function encodedOrUndefined(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (jsonProblem(value) === undefined) throw error
    return undefined
  }
}
