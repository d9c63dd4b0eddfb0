/** Wraps a function: a call reads the cache under a key that is made of the arguments, and calls the function if needed. */
import {
  aFunction,
  aListOfStrings,
  aString,
  invalid,
  type OptionRules,
  requireValid,
  validateOptions,
} from '../../options.ts'
import { keyOf } from '../entity/key-of.ts'
import { Loaded, loaded } from '../lifetime.ts'
import { type Load, type Read, type ReadOptions, readRules } from '../read.ts'
import { resolveOptions } from '../resolve-options.ts'
import type { DeleteResult, InvalidateResult } from '../results.ts'
import { keyOfArguments } from './key-of-arguments.ts'
import type { WrapOptions, Wrappable, Wrapped } from './wrapped.ts'

/** The methods of a cache that a wrapped function uses. */
export interface WrapCache {
  read<T>(key: string, load: Load<T>, options: ReadOptions<T>): Promise<Read<T>>
  delete(key: string): Promise<DeleteResult>
  invalidateTags(tags: readonly string[]): Promise<InvalidateResult>
}

/** @throws {TypeError} for an invalid option. The message names the function and the option. */
export function createWrapped<Args extends unknown[], T>(
  cache: WrapCache,
  fn: Wrappable<Args, T>,
  options?: WrapOptions<Args, T>,
): Wrapped<Args, T> {
  const name = nameOf(fn, options)
  validateOptions(`wrap ${name}`, options as WrapOptions<never, never> | undefined, wrapRules) // the same for any types
  const { name: _, key: partsOf, tags = [], ...readOptions } = resolveOptions(`wrap ${name}`, options)

  function key(...args: Args): string {
    if (partsOf === undefined) return keyOfArguments(name, args)
    const parts = partsOf(...args)
    return keyOf(name, ...[parts].flat())
  }

  async function read(...args: Args): Promise<Read<T>> {
    const own = [name, ...(typeof tags === 'function' ? tags(...args) : tags)]

    async function load(): Promise<T | Loaded<T>> {
      const result = await fn(...args)
      if (!(result instanceof Loaded)) return result
      return loaded(result.value, { ...result.options, tags: [...own, ...(result.options.tags ?? [])] })
    }

    return cache.read<T>(key(...args), load, { ...readOptions, tags: own })
  }

  return Object.assign(async (...args: Args) => (await read(...args)).value, {
    read,
    key,
    async forget(...args: Args) {
      const own = key(...args)
      const [deleted, derived] = await Promise.all([cache.delete(own), cache.invalidateTags([own])])
      return { ...deleted, confirmed: deleted.confirmed && derived.confirmed }
    },
    forgetAll: () => cache.invalidateTags([name]),
  })
}

/**
 * Returns the name of a wrapped function.
 *
 * @throws {TypeError} when there is no function, or neither it nor the options have a name.
 */
export function nameOf(fn: { name: string }, options: { name?: string } | undefined): string {
  requireValid('cache.wrap: fn', fn, aFunction)
  const name = options?.name ?? fn.name
  if (aString.isValid(name) && name !== '') return name
  throw invalid('cache.wrap: name', 'a string of at least one character', name)
}

const { strategy, signal, ...rulesOfReads } = readRules

const wrapRules: OptionRules<WrapOptions<never, never>> = {
  ...rulesOfReads,
  name: aString,
  key: aFunction,
  tags: {
    expected: 'an array of strings or a function',
    isValid: (tags) => aListOfStrings.isValid(tags) || aFunction.isValid(tags),
  },
}
