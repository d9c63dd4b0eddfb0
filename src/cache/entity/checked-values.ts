/** Values of an entity, checked by its schema before they are stored. */
import { Loaded, type LoadedOptions, loaded } from '../lifetime.ts'
import type { Resolved } from '../resolve-options.ts'
import { type EntityAnswer, type EntityOptions, InvalidEntityError } from './entity.ts'

/** Holds the error of a value that does not fit the schema. In a call for many ids, it is returned in place of that value. */
export class Rejected {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

export interface CheckedValues<Input, Output extends Input, Id> {
  /** Checks a value with the schema and returns the schema's output. @throws the same errors as `checked`. */
  check(value: unknown): Output
  /**
   * Returns the checked value with the options for storing it.
   *
   * @throws {InvalidEntityError} when the value does not fit the schema; {TypeError} when the load returns undefined, or the
   *   schema returns a promise, null or undefined.
   */
  checked(id: Id, answer: EntityAnswer<Input>): Loaded<Output | null>
  /**
   * As `checked`, but returns an error as a {@link Rejected} value instead of throwing it, so that the other values of the call
   * can still be used.
   */
  checkedOrRejected(id: Id, answer: EntityAnswer<Input>): Loaded<Output | null | Rejected>
}

export function createCheckedValues<Input, Output extends Input, Id>({
  name,
  schema,
  absentTtlMs = 0,
  tags,
}: EntityOptions<Input, Output, Id>): CheckedValues<Input, Output, Id> {
  const absence = { ttlMs: absentTtlMs, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, negative: true }

  function check(value: unknown): Output {
    const result = schema['~standard'].validate(value)
    if ('then' in result) {
      result.then(undefined, () => {}) // without a handler, a rejection of this promise could end the process
      throw new TypeError(
        `entity ${name}: schema must validate synchronously, and without throwing; got a promise`,
      )
    }
    if (result.issues !== undefined) throw new InvalidEntityError(name, result.issues)
    if (result.value === undefined || result.value === null) {
      throw new TypeError(`entity ${name}: schema must return a value, got ${result.value}`)
    }
    return result.value
  }

  function checked(id: Id, answer: EntityAnswer<Input>): Loaded<Output | null> {
    const { value, options }: { value: Input | null; options: Resolved<LoadedOptions> } =
      answer instanceof Loaded ? answer : { value: answer, options: {} }
    if (value === undefined) {
      throw new TypeError(`entity ${name}: load must return a value or null, got undefined`)
    }
    const output = value === null ? null : check(value)
    const derivedTags = output === null ? undefined : tags?.(output, id)
    return loaded(output, {
      ...(output === null ? absence : undefined),
      ...options,
      tags: [name, ...(derivedTags ?? []), ...(options.tags ?? [])],
    })
  }

  return {
    check,
    checked,
    checkedOrRejected(id, answer) {
      try {
        return checked(id, answer)
      } catch (error) {
        return loaded(new Rejected(error), { keep: false, share: false, failed: true })
      }
    },
  }
}
