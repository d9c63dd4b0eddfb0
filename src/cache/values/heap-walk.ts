/** The walk through a value that sums the memory of its parts. */
import type { HeapModel } from '../../heap/heap-model.ts'
import { widthOf } from '../../heap/text-width.ts'
import { BUDGET, type MemberVisits } from './member-visits.ts'
import { requireKnownSize } from './unknown-size.ts'

/** Levels of nested objects up to which the walk recurses. The members of a deeper value differ too much in size for a sample. */
const MAX_DEPTH = 64

/** Objects with more properties and a digit in their names are taken for tables by id. */
const MAX_FIELDS = 16
/** Longer names in such a table are taken for ids, which other objects do not have. */
const MIN_OWN_NAME = 8

/** Instance of a class without enumerable properties, such as a URL: its private state is not visible. */
const OPAQUE_BYTES = 320

/** Sums the bytes of a value and of everything it refers to. */
export class HeapWalk {
  readonly #heap: HeapModel
  readonly #limit: number
  readonly #visits: MemberVisits
  /** The objects that were found, so that each is counted once. */
  readonly #seen = new Set<object>()
  /** The objects that were found below too many others: visited later, so that the call stack is bounded. */
  readonly #later: [object: object, weight: number, budget: number][] = []
  readonly #isEnded = () => this.#visits.hasFailed || !(this.#bytes <= this.#limit) // the negated comparison also holds for NaN
  #bytes = 0
  #depth = 0
  /** True if the value has more levels than a table: the walk then visits all members, because a sample would be wrong. */
  isDeep = false

  /** @param limit the walk stops when the sum is larger. */
  constructor(heap: HeapModel, limit: number, visits: MemberVisits) {
    this.#heap = heap
    this.#limit = limit
    this.#visits = visits
  }

  /**
   * Returns the bytes; `undefined` if the visits have failed.
   *
   * @throws {UnknownSize} with the reason; anything that a getter or a proxy throws.
   */
  run(root: unknown): number | undefined {
    this.#add(root, 1, BUDGET)
    for (let next = this.#later.pop(); next !== undefined; next = this.#later.pop()) {
      if (this.#isEnded()) break
      this.#addMembers(...next)
    }
    return this.#visits.hasFailed ? undefined : this.#bytes
  }

  /**
   * Counts a member besides its reference.
   *
   * @param weight as in {@link Visit}; also `budget`.
   */
  #add(member: unknown, weight: number, budget: number): void {
    if (typeof member === 'object' && member !== null) this.#addObject(member, weight, budget)
    else this.#bytes += weight * sizeOfPrimitive(this.#heap, member)
  }

  #addObject(object: object, weight: number, budget: number): void {
    if (this.#seen.has(object)) return
    this.#seen.add(object)
    if (this.#depth > MAX_DEPTH) {
      this.isDeep = true
      this.#later.push([object, weight, budget])
      return
    }
    this.#depth++
    this.#addMembers(object, weight, budget)
    this.#depth--
  }

  #addMembers(object: object, weight: number, budget: number): void {
    if (Array.isArray(object)) this.#addArray(object, weight, budget)
    else if (Object.getPrototypeOf(object) === Object.prototype) this.#addProperties(object, weight, budget)
    else this.#addInstance(object, weight, budget)
  }

  #addArray(array: readonly unknown[], weight: number, budget: number): void {
    this.#bytes += weight * this.#heap.array(array.length)
    let boxed = 0
    let isMixed = false
    this.#visits.visit(array.length, weight, budget, this.#isEnded, (i, memberWeight, memberBudget) => {
      const member = array[i]
      if (typeof member !== 'number') {
        isMixed = true
        this.#add(member, memberWeight, memberBudget)
      } else if ((member | 0) !== member) boxed += memberWeight
    })
    // An array of numbers alone holds them unboxed.
    if (isMixed) this.#bytes += boxed * this.#heap.boxedNumber
  }

  #addProperties(object: object, weight: number, budget: number, names = Object.keys(object)): void {
    const { length } = names
    const isTable = areIds(names) || Object.getPrototypeOf(object) === null
    const hasNames = isTable && (names.at(-1)?.length ?? 0) >= MIN_OWN_NAME
    const { record, object: sizeOfObject, ownName, string } = this.#heap
    this.#bytes += weight * (isTable ? record(length) : sizeOfObject(length))
    this.#visits.visit(length, weight, budget, this.#isEnded, (i, memberWeight, memberBudget) => {
      const name = names[i] as string // the index is below the length
      if (hasNames) this.#bytes += memberWeight * (ownName(length) + string(name.length, widthOf(name)))
      this.#add((object as Record<string, unknown>)[name], memberWeight, memberBudget)
    })
  }

  #addInstance(object: object, weight: number, budget: number): void {
    const { date, regExp, error, object: sizeOfObject, string } = this.#heap
    const count = (bytes: number) => {
      this.#bytes += weight * bytes
    }
    if (ArrayBuffer.isView(object)) this.#addView(object, weight)
    else if (object instanceof ArrayBuffer) count(this.#heap.buffer(object.byteLength))
    else if (object instanceof Map) this.#addMap(object, weight, budget)
    else if (object instanceof Set) this.#addSet(object, weight, budget)
    else if (object instanceof Date) count(date)
    else if (object instanceof RegExp) count(regExp + string(object.source.length, widthOf(object.source)))
    else if (object instanceof Error) {
      count(error)
      const names = Object.getOwnPropertyNames(object).filter((name) => name !== 'stack')
      this.#addProperties(object, weight, budget, names)
    } else if (object instanceof String || object instanceof Number) {
      count(sizeOfObject(1) + sizeOfPrimitive(this.#heap, object.valueOf()))
    } else if (object instanceof Blob) count(OPAQUE_BYTES + object.size)
    else {
      requireKnownSize(object)
      const names = Object.keys(object)
      if (names.length === 0 && Object.getPrototypeOf(object) !== null) count(OPAQUE_BYTES)
      else this.#addProperties(object, weight, budget, names)
    }
  }

  #addView({ buffer, byteLength }: ArrayBufferView, weight: number): void {
    this.#bytes += weight * this.#heap.view
    if (isPool(buffer.byteLength)) this.#bytes += weight * this.#heap.buffer(byteLength)
    else if (!this.#seen.has(buffer)) {
      this.#seen.add(buffer) // the view keeps the whole buffer alive
      this.#bytes += weight * this.#heap.buffer(buffer.byteLength)
    }
  }

  // The methods of the prototypes, because a subclass may iterate without an end.
  #addMap(map: ReadonlyMap<unknown, unknown>, weight: number, budget: number): void {
    const size: number = sizeOfMap.call(map)
    this.#bytes += weight * this.#heap.map(size)
    const entries = firstOf(Map.prototype.entries.call(map), size)
    this.#visits.visit(size, weight, budget, this.#isEnded, (i, memberWeight, memberBudget) => {
      const [key, item] = entries[Math.floor((i / size) * entries.length)] as [unknown, unknown] // the index is below the length
      this.#add(key, memberWeight, memberBudget)
      this.#add(item, memberWeight, memberBudget)
    })
  }

  #addSet(set: ReadonlySet<unknown>, weight: number, budget: number): void {
    const size: number = sizeOfSet.call(set)
    this.#bytes += weight * this.#heap.set(size)
    const members = firstOf(Set.prototype.values.call(set), size)
    this.#visits.visit(size, weight, budget, this.#isEnded, (i, memberWeight, memberBudget) =>
      this.#add(members[Math.floor((i / size) * members.length)], memberWeight, memberBudget),
    )
  }
}

function sizeOfPrimitive(heap: HeapModel, value: unknown): number {
  switch (typeof value) {
    case 'string':
      return heap.string(value.length, widthOf(value))
    case 'number':
      return (value | 0) === value ? 0 : heap.boxedNumber
    case 'bigint':
      return heap.bigint(4 * value.toString(16).length)
    case 'symbol':
      return 2 * heap.string(16, 1) + 2 * (value.description?.length ?? 0)
    case 'function':
      return heap.closure
    default:
      return 0
  }
}

/**
 * Returns the bytes of a small object whose members are all primitive, as the walk would; `undefined` for other objects. It makes
 * nothing but the list of names, and most records are such objects.
 */
export function sizeOfRecord(heap: HeapModel, object: object): number | undefined {
  if (Object.getPrototypeOf(object) !== Object.prototype) return undefined
  const names = Object.keys(object)
  if (names.length > MAX_FIELDS) return undefined
  let bytes = heap.object(names.length)
  for (const name of names) {
    const member = (object as Record<string, unknown>)[name]
    if (typeof member === 'object' && member !== null) return undefined
    bytes += sizeOfPrimitive(heap, member)
  }
  return bytes
}

const sizeOfMap = getterOf(Map.prototype, 'size')
const sizeOfSet = getterOf(Set.prototype, 'size')

function getterOf(prototype: object, name: string): () => number {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as () => number // the language has these getters
}

/** Members that are read from an iterator, which cannot jump. */
const MAX_ITERATED = 4096

function firstOf<T>(iterator: Iterable<T>, size: number): T[] {
  const members: T[] = []
  if (size === 0) return members
  for (const member of iterator) if (members.push(member) >= MAX_ITERATED) break
  return members
}

/** Returns true if the names are those of a table rather than those of fields. */
function areIds(names: readonly string[]): boolean {
  if (names.length <= MAX_FIELDS) return false
  return names.length > 128 || (/\d/.test(names[0] ?? '') && /\d/.test(names.at(-1) ?? ''))
}

/** Returns true for the sizes of the buffers that Node and Bun share among small Buffers: 8 or 64 KiB, and some bytes more. */
function isPool(byteLength: number): boolean {
  return POOLS.some((size) => byteLength >= size && byteLength < size + 1024)
}

const POOLS = [8 * 1024, 64 * 1024]
