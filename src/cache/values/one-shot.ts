/** Values that only one reader can read, so that a cache cannot give them to a second one. */
import { described } from '../../options.ts'

/**
 * @param subject first words of the error message, for example `the load of`.
 * @throws {TypeError} naming the key when the value is a Response, a Request, a stream or an iterator.
 */
export function requireReusable(cache: string, subject: string, key: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const kind = oneShotKind(value)
  if (kind === undefined) return
  throw new TypeError(
    `cache ${cache}: ${subject} ${described(key)} is ${kind}, which only one reader can read; use its content instead`,
  )
}

/**
 * Returns the kind of a value that only one reader can read. Compares methods instead of classes, because packages bring their
 * own Response and stream.
 */
export function oneShotKind(value: object): string | undefined {
  if ('bodyUsed' in value && hasMethod(value, 'clone')) return 'status' in value ? 'a Response' : 'a Request'
  if (hasMethod(value, 'getReader')) return 'a ReadableStream'
  if (hasMethod(value, 'pipe') && hasMethod(value, 'read')) return 'a stream'
  if (hasMethod(value, 'next') && (Symbol.iterator in value || Symbol.asyncIterator in value))
    return 'an iterator'
  return undefined
}

function hasMethod(value: object, name: string): boolean {
  return name in value && typeof (value as Record<string, unknown>)[name] === 'function' // `name` is a property of the value
}
