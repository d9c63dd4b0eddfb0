/** Types of wrapped functions: each call is a read, and its arguments make the key. */
import type { KeyPart } from '../entity/key-of.ts'
import type { Loaded } from '../lifetime.ts'
import type { Read, ReadOptions } from '../read.ts'
import type { DeleteResult, InvalidateResult } from '../results.ts'

/** A function that can be wrapped. It may return {@link loaded} to set options for its value. */
export type Wrappable<Args extends unknown[], T> = (...args: Args) => T | Loaded<T> | Promise<T | Loaded<T>>

/** Options of a wrapped function: those of its reads, and how its arguments make keys and tags. */
export interface WrapOptions<Args extends unknown[], T>
  extends Omit<ReadOptions<T>, 'strategy' | 'signal' | 'tags'> {
  /**
   * First part of the keys, and a tag of all entries. Must be unique among the wrapped functions and entities of the cache.
   * Default: the name of the function. Set it if a minifier renames functions, because processes with different builds could
   * otherwise not share entries.
   */
  name?: string
  /**
   * Returns the parts of the key that follow the name. Arguments that it leaves out must not change the value. Default: all
   * arguments; see {@link Wrapped}.
   */
  key?: (...args: Args) => KeyPart | readonly KeyPart[]
  /** Tags of the entries, or a function that returns them. Default: none but the name. */
  tags?: readonly string[] | ((...args: Args) => readonly string[])
}

/**
 * A wrapped function. A call returns the stored value of its arguments, or calls the function and stores its value. All callers
 * get the same object: treat it as frozen.
 *
 * Arguments can be strings, numbers, bigints, booleans, `null`, `undefined`, dates, and arrays and plain objects of those. The order
 * of an object's properties does not matter; the types do: `1` and `'1'` are different arguments. `undefined` at the end counts as
 * not passed. Every method rejects with or throws a {@link TypeError} that gives the position of any other argument, unless the
 * option `key` is set.
 */
export interface Wrapped<Args extends unknown[], T> {
  /** @throws the errors of {@link Cache.read}. */
  (...args: Args): Promise<T>
  /** As a call, with the outcome of the read. */
  read(...args: Args): Promise<Read<T>>
  /** Returns the key, for `peek`, or as a tag of entries that are made from this value: `forget` invalidates them. */
  key(...args: Args): string
  /** Invalidates the value of these arguments, and the entries that have its key as a tag. A running call stores nothing. */
  forget(...args: Args): Promise<DeleteResult>
  /** Invalidates the values of all arguments, and the entries that have the name as a tag. */
  forgetAll(): Promise<InvalidateResult>
}
