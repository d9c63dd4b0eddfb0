/** Estimates the memory that a value takes. The bound of the memory tier is counted in these bytes. */

/** An object, an array or a buffer besides its content. */
const OBJECT = 32
/** A property besides its name and value, a member of a map or set besides its content, a string besides its characters. */
const SLOT = 16
/** An element of an array besides its value, or a value that is no object, string or bigint. */
const WORD = 8
/** A view of a buffer besides its bytes. */
const VIEW = 96

/** Largest buffer that counts as a pool of views, in bytes. Node cuts small buffers out of pools of 64 KiB and some bytes more. */
const MAX_POOL_BYTES = 65 * 1024

/**
 * Returns the bytes of the value and of everything it refers to; each object counts once. Functions and the variables they
 * close over are not counted. A view of a pool counts without the other bytes of the pool.
 *
 * Returns Infinity if a getter or a proxy throws during the walk, or if the value takes more than `limit` bytes. The walk stops
 * at the limit, so even an endless value takes a bounded time.
 */
export function sizeOf(value: unknown, limit = Infinity): number {
  if (typeof value !== 'object' || value === null) return sizeOfPrimitive(value)
  try {
    const bytes = new Walk(value, limit).run()
    return bytes <= limit ? bytes : Infinity
  } catch {
    return Infinity // above every bound, so the memory tier refuses the value and reports it
  }
}

class Walk {
  readonly #limit: number
  /** The objects that were found, so that each is counted once. */
  readonly #seen = new Set<object>()
  /** The objects that were found and not counted yet: a stack. */
  readonly #pending: object[] = []
  #bytes = 0

  constructor(root: object, limit: number) {
    this.#limit = limit
    this.#add(root)
  }

  run(): number {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      this.#bytes += OBJECT
      this.#count(next)
      if (this.#isOver()) break
    }
    return this.#bytes
  }

  #isOver(): boolean {
    return !(this.#bytes <= this.#limit) // the negated comparison also holds for NaN
  }

  #add(member: unknown): void {
    if (typeof member !== 'object' || member === null) this.#bytes += sizeOfPrimitive(member)
    else if (!this.#seen.has(member)) {
      this.#seen.add(member)
      this.#pending.push(member)
    }
  }

  /** Counts an object besides its fixed part, and adds its members. */
  #count(object: object): void {
    if (Array.isArray(object)) this.#countArray(object)
    else if (Object.getPrototypeOf(object) === Object.prototype) this.#countProperties(object)
    else if (ArrayBuffer.isView(object)) this.#countView(object)
    else if (object instanceof ArrayBuffer) this.#bytes += object.byteLength
    else if (object instanceof Map) this.#countMap(object)
    else if (object instanceof Set) this.#countSet(object)
    else this.#countProperties(object)
  }

  #countArray(array: readonly unknown[]): void {
    this.#bytes += WORD * array.length
    for (let i = 0; i < array.length && !this.#isOver(); i++) this.#add(array[i])
  }

  #countProperties(object: object): void {
    for (const name of Object.keys(object)) {
      this.#bytes += SLOT + 2 * name.length
      this.#add((object as Record<string, unknown>)[name]) // `name` is a property of the object
      if (this.#isOver()) return
    }
  }

  #countView({ buffer, byteLength }: ArrayBufferView): void {
    this.#bytes += VIEW
    if (buffer.byteLength <= MAX_POOL_BYTES) this.#bytes += byteLength
    else if (!this.#seen.has(buffer)) {
      this.#seen.add(buffer) // the view keeps the whole buffer alive
      this.#bytes += OBJECT + buffer.byteLength
    }
  }

  // The methods of the prototypes, because a subclass may iterate without an end.
  #countMap(map: ReadonlyMap<unknown, unknown>): void {
    this.#bytes += SLOT * map.size
    if (this.#isOver()) return
    Map.prototype.forEach.call(map, (item, key) => {
      this.#add(key)
      this.#add(item)
    })
  }

  #countSet(set: ReadonlySet<unknown>): void {
    this.#bytes += SLOT * set.size
    if (!this.#isOver()) Set.prototype.forEach.call(set, (item) => this.#add(item))
  }
}

function sizeOfPrimitive(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length + SLOT
  return typeof value === 'bigint' ? value.toString(16).length / 2 + SLOT : WORD
}
