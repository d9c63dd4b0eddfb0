/** Values whose size cannot be estimated. */
import { oneShotKind } from './one-shot.ts'

/** Thrown while a value is measured. The message is a reason that follows the words "the value". */
export class UnknownSize extends Error {}

/** @throws {UnknownSize} for an object that keeps other objects out of sight, or that only one reader can read. */
export function requireKnownSize(object: object): void {
  const kind = oneShotKind(object)
  if (kind !== undefined) throw new UnknownSize(`refers to ${kind}`)
  const hidden = [Promise, WeakMap, WeakSet, WeakRef].find((type) => object instanceof type)
  if (hidden !== undefined) throw new UnknownSize(`refers to a ${hidden.name}`)
}
