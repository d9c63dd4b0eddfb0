/**
 * An invalidation bus through shared memory, for the threads of a process: without messages, locks or waiting.
 *
 * Each thread writes to its own ring buffer only, and increments a shared epoch after each write. A thread that finds the epoch
 * unchanged has nothing to read. Readers write nothing. So a thread may be terminated at any instant: the other threads see
 * everything that it published, and nothing of an unfinished write.
 *
 * All shared memory is accessed by Atomics, plain data included, so that all threads agree on one order of the operations
 * (ECMA-262 §29, SeqCst). "Before" and "after" refer to that order.
 */
import { aNumber, type OptionRules, validateOptions } from '../../options.ts'
import type { BusMessage } from './invalidation.ts'
import type { InvalidationBus } from './invalidation-bus.ts'

export interface InvalidationMemoryOptions {
  /** The number of threads. */
  threads: number
  /**
   * Size of the ring buffer of one thread, in bytes. If the invalidations that a thread has not read yet no longer fit, that
   * thread invalidates everything. An invalidation takes 4 bytes, and 2 bytes per UTF-16 unit of its key or tag.
   * Default: 256 KiB.
   */
  bytesPerThread?: number
}

/** Alignment of each thread's data, in bytes. No two threads share a cache line, even if a line has 128 bytes. */
const LINE = 128

/**
 * Indexes of the Int32 fields at the start of the memory: the epoch, the number of rings, and the number of words of each ring.
 */
const EPOCH = 0
const THREADS = 1
const WORDS = 2

/**
 * Indexes of the totals in a ring's head: BEGUN counts the words whose writing has started, WRITTEN those that are complete.
 */
export const BEGUN = 0
export const WRITTEN = 1

/**
 * Kinds of invalidation, in the lower two bits of its first word. The bits above hold the number of UTF-16 units. Each word
 * after the first holds two units.
 */
const KEY = 0
const TAG = 1
const EVERYTHING = 2
/** Another message: the first unit of its text is one of OTHER_KINDS. */
const OTHER = 3

/** The text of the message that everything is confirmed. */
const ALL_CONFIRMED = 'A'

/** The text of the message that everything is stale. */
const ALL_EXPIRED = 'E'

/** The field of each message of kind OTHER, by the first unit of its text. */
const OTHER_KINDS = { k: 'expiredKey', t: 'expiredTag', K: 'confirmedKey', T: 'confirmedTag' } as const

/** One thread's ring, as a view of the shared memory. */
export interface Ring {
  /** BEGUN and WRITTEN, in 64 bits. They are exact up to 2^53, which lasts 285 years at a million words per second. */
  readonly head: BigInt64Array
  readonly words: Int32Array
}

/**
 * Creates the memory for the invalidations of one cache. Create it in one thread and pass it to the others before they start.
 * Each cache needs its own.
 *
 * @throws {RangeError} when an option is not a positive whole number, or `bytesPerThread` is below 4 or above 1 GiB;
 *   {TypeError} for an unknown option.
 * @example
 * const memory = createInvalidationMemory({ threads: 4 }) // in the main thread, which passes it on as workerData
 * const cache = createCache({ memory: memoryStore(), invalidationBus: sharedMemoryBus(memory, 2) }) // in thread 2 of 0 to 3
 */
export function createInvalidationMemory(options: InvalidationMemoryOptions): SharedArrayBuffer {
  validateOptions('createInvalidationMemory', options, rules)
  const { threads, bytesPerThread = 256 * 1024 } = options
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new RangeError(`createInvalidationMemory: threads must be a positive whole number, got ${threads}`)
  }
  if (!Number.isSafeInteger(bytesPerThread) || bytesPerThread < 4 || bytesPerThread > 2 ** 30) {
    throw new RangeError(
      `createInvalidationMemory: bytesPerThread must be a whole number from 4 to 2^30, got ${bytesPerThread}`,
    )
  }
  const words = Math.floor(bytesPerThread / 4)
  const memory = new SharedArrayBuffer(LINE + threads * ringBytes(words))
  const fields = new Int32Array(memory, 0, 3)
  fields[THREADS] = threads
  fields[WORDS] = words
  return memory
}

/**
 * Creates the bus of one thread. It receives only invalidations that are published from now on, so the cache must still be
 * empty. A new thread may use the number of a thread that has ended.
 *
 * @param thread number of this thread, from 0. No other running thread may use it.
 * @throws {RangeError} when there is no such thread.
 */
export function sharedMemoryBus(memory: SharedArrayBuffer, thread: number): InvalidationBus {
  const fields = new Int32Array(memory, 0, 3)
  const threads = fields[THREADS] ?? 0
  if (!Number.isInteger(thread) || thread < 0 || thread >= threads) {
    throw new RangeError(`sharedMemoryBus: thread must be a whole number below ${threads}, got ${thread}`)
  }
  const own = ringAt(memory, thread)
  finishAppend(own)
  // A previous thread with this number may have ended after it wrote an invalidation and before it raised the epoch. Raising
  // the epoch here makes the other threads read that invalidation.
  raiseEpoch(fields)
  // The epoch is loaded before the positions of the rings are read. Otherwise `take` could miss an invalidation that is
  // published in between.
  let epoch = Atomics.load(fields, EPOCH)
  const others = Array.from({ length: threads }, (_, i) => i)
    .filter((i) => i !== thread)
    .map((i) => new RingReader(ringAt(memory, i)))

  return {
    capacity: 2 * own.words.length, // a word holds two units
    publish(invalidations) {
      for (const invalidation of invalidations) append(own, invalidation)
      // The epoch is raised last. If the thread is terminated before this line, the others read its invalidations at the next
      // change of the epoch. That is soon enough: no `take` has to deliver them before `publish` has returned.
      if (invalidations.length > 0) raiseEpoch(fields)
    },
    take(apply) {
      // The epoch wraps after 2^32 changes. A thread misses them only if exactly 2^32 changes happen between two calls.
      const current = Atomics.load(fields, EPOCH)
      if (current === epoch) return
      for (const other of others) other.take(apply)
      epoch = current // the value from before the rings were read, so that the next call reads a write made meanwhile
    },
  }
}

/** Returns the ring of a thread. Exported for tests, which imitate a thread that was terminated during a write. */
export function ringAt(memory: SharedArrayBuffer, thread: number): Ring {
  const words = new Int32Array(memory, 0, 3)[WORDS] ?? 0
  const start = LINE + thread * ringBytes(words)
  return { head: new BigInt64Array(memory, start, 2), words: new Int32Array(memory, start + LINE, words) }
}

const rules: OptionRules<InvalidationMemoryOptions> = { threads: aNumber, bytesPerThread: aNumber }

function ringBytes(words: number): number {
  return LINE + Math.ceil((words * 4) / LINE) * LINE
}

function raiseEpoch(fields: Int32Array): void {
  Atomics.add(fields, EPOCH, 1)
}

function append(ring: Ring, given: BusMessage): void {
  const message = wordsOf(textOf(given).length) > ring.words.length ? 'everything' : given
  const text = textOf(message)
  const length = wordsOf(text.length)
  const start = total(ring, WRITTEN)
  // BEGUN is stored before the first word, so that a concurrent reader detects that its words are overwritten.
  Atomics.store(ring.head, BEGUN, BigInt(start + length))
  let position = start % ring.words.length
  function put(word: number): void {
    Atomics.store(ring.words, position, word)
    if (++position === ring.words.length) position = 0
  }
  put(firstWord(kindOf(message), text.length))
  for (let unit = 0; unit < text.length; unit += 2) {
    put(text.charCodeAt(unit) | (text.charCodeAt(unit + 1) << 16)) // beyond the end, charCodeAt returns NaN, which becomes 0
  }
  // WRITTEN is advanced only now, when all words are stored, because readers read every word before this position.
  Atomics.store(ring.head, WRITTEN, BigInt(start + length))
}

function textOf(message: BusMessage): string {
  if (message === 'everything' || message === 'lost') return ''
  if (message === 'everything confirmed') return ALL_CONFIRMED
  if (message === 'everything expired') return ALL_EXPIRED
  if ('key' in message) return message.key
  if ('tag' in message) return message.tag
  if ('expiredKey' in message) return `k${message.expiredKey}`
  if ('expiredTag' in message) return `t${message.expiredTag}`
  return 'confirmedKey' in message ? `K${message.confirmedKey}` : `T${message.confirmedTag}`
}

function kindOf(message: BusMessage): number {
  if (message === 'everything' || message === 'lost') return EVERYTHING
  if (message === 'everything confirmed' || message === 'everything expired') return OTHER
  if ('key' in message) return KEY
  return 'tag' in message ? TAG : OTHER
}

/**
 * Completes an append that a terminated thread had started. Its content is unknown, so it becomes an invalidation of
 * everything. Appending again from the old position would be wrong: a shorter append would lower BEGUN, and readers would not
 * detect the words that the unfinished append had overwritten.
 */
function finishAppend(ring: Ring): void {
  const start = total(ring, WRITTEN)
  const length = total(ring, BEGUN) - start
  if (length === 0) return
  Atomics.store(ring.words, start % ring.words.length, firstWord(EVERYTHING, 2 * (length - 1)))
  Atomics.store(ring.head, WRITTEN, BigInt(start + length))
}

/** Reads the invalidations that are written to one ring after this reader was created. */
class RingReader {
  readonly #ring: Ring
  /** Total of words up to which this reader has read. */
  #read: number

  constructor(ring: Ring) {
    this.#ring = ring
    this.#read = total(ring, WRITTEN)
  }

  take(apply: (message: BusMessage) => void): void {
    const written = total(this.#ring, WRITTEN)
    if (written === this.#read) return
    const words = copyOf(this.#ring, this.#read, written)
    if (words === undefined) apply('lost')
    else for (const invalidation of decoded(words)) apply(invalidation)
    this.#read = written
  }
}

/**
 * Returns a copy of the words from `start` to `end`; `undefined` if the writer overwrote some of them before or during the
 * copy.
 */
function copyOf(ring: Ring, start: number, end: number): Int32Array | undefined {
  const size = ring.words.length
  if (end - start > size) return undefined
  const copy = new Int32Array(end - start)
  let position = start % size
  for (let i = 0; i < copy.length; i++) {
    copy[i] = Atomics.load(ring.words, position)
    if (++position === size) position = 0
  }
  // An append stores BEGUN before its words. So if a copied word was already overwritten, BEGUN shows it now.
  return total(ring, BEGUN) - start > size ? undefined : copy
}

function* decoded(words: Int32Array): Generator<BusMessage> {
  for (let position = 0; position < words.length; ) {
    const word = words[position] ?? 0
    const units = word >>> 2
    const kind = word & 3
    const text = textIn(words, position + 1, kind === EVERYTHING ? 0 : units)
    yield messageOf(kind, text)
    position += wordsOf(units)
  }
}

function messageOf(kind: number, text: string): BusMessage {
  if (kind === EVERYTHING) return 'everything'
  if (kind === KEY) return { key: text }
  if (kind === TAG) return { tag: text }
  if (text === ALL_CONFIRMED) return 'everything confirmed'
  if (text === ALL_EXPIRED) return 'everything expired'
  const field = OTHER_KINDS[text[0] as keyof typeof OTHER_KINDS] // `append` writes no other unit
  return { [field]: text.slice(1) } as BusMessage // each field belongs to a message with one text
}

/** Decodes unit by unit, because any key may contain a lone surrogate, which no text decoder preserves. */
function textIn(words: Int32Array, start: number, units: number): string {
  let text = ''
  for (let unit = 0; unit < units; unit++) {
    const word = words[start + (unit >> 1)] ?? 0
    text += String.fromCharCode(unit % 2 === 0 ? word & 0xffff : word >>> 16)
  }
  return text
}

function firstWord(kind: number, units: number): number {
  return (units << 2) | kind
}

function wordsOf(units: number): number {
  return 1 + Math.ceil(units / 2)
}

function total({ head }: Ring, field: typeof BEGUN | typeof WRITTEN): number {
  return Number(Atomics.load(head, field))
}
