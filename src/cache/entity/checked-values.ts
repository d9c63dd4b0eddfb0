/** Values of an entity, checked by its schema before they are stored. */
import { Loaded, type LoadedOptions, loaded } from '../lifetime.ts'
import { type EntityAnswer, InvalidEntityError } from './entity.ts'
import type { StandardSchema } from './standard-schema.ts'

export interface CheckedValuesOptions<Input, Output extends Input, Id> {
  /** The entity's name, for errors and as a tag. */
  name: string
  schema: StandardSchema<Input, Output>
  absentTtlMs: number
  tags: ((value: Output, id: Id) => readonly string[]) | undefined
}

/** A value that fits, and the options for storing it. */
export interface CheckedValue<Output> {
  value: Output | null
  options: LoadedOptions
}

/** Takes the place of a value that does not fit, in a call for many ids. */
export class Rejected {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

export class CheckedValues<Input, Output extends Input, Id> {
  readonly #options: CheckedValuesOptions<Input, Output, Id>

  constructor(options: CheckedValuesOptions<Input, Output, Id>) {
    this.#options = options
  }

  /** @throws {InvalidEntityError} when the value does not fit; {TypeError} when the schema returns a promise, null or undefined. */
  checked(id: Id, answer: EntityAnswer<Input>): CheckedValue<Output> {
    const { name, absentTtlMs, tags } = this.#options
    const [value, own] = answer instanceof Loaded ? [answer.value, answer.options] : [answer, {}]
    if (value === undefined) {
      throw new TypeError(`entity ${name}: load must return a value or null, got undefined`)
    }
    if (value === null) {
      const absence = { ttlMs: absentTtlMs, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, negative: true }
      return { value, options: { ...absence, ...own, tags: [name, ...(own.tags ?? [])] } }
    }
    const output = this.check(value)
    if (output === undefined || output === null) {
      throw new TypeError(`entity ${name}: schema must return a value, got ${output}`)
    }
    const allTags = [name, ...(tags?.(output, id) ?? []), ...(own.tags ?? [])]
    return { value: output, options: { ...own, tags: allTags } }
  }

  /** As `checked`, with errors as values, so that one value that does not fit leaves the others of its call usable. */
  checkedOrRejected(id: Id, answer: EntityAnswer<Input>): Loaded<Output | null | Rejected> {
    try {
      const { value, options } = this.checked(id, answer)
      return loaded<Output | null | Rejected>(value, options)
    } catch (error) {
      return loaded<Output | null | Rejected>(new Rejected(error), {
        keep: false,
        share: false,
        failed: true,
      })
    }
  }

  /** Only the schema's check. Throws as `checked` does. */
  check(value: unknown): Output {
    const { name, schema } = this.#options
    const result = schema['~standard'].validate(value)
    if ('then' in result) {
      result.then(undefined, () => {}) // its rejection has no other handler
      throw new TypeError(
        `entity ${name}: schema must validate synchronously, and without throwing; got a promise`,
      )
    }
    if (result.issues !== undefined) throw new InvalidEntityError(name, result.issues)
    return result.value
  }
}
