/**
 * What the threads of a process tell one another to forget, through shared memory: no messages, no locks, nobody waits.
 *
 * Each thread has a ring that it alone writes, and whatever it writes it writes before it raises an epoch that all share;
 * who finds the epoch as it was has nothing to read. Readers write nothing. So a thread may be terminated at any instant
 * and nobody misses it: the others see all that it had told, and nothing of what it was about to tell.
 *
 * All that is shared is read and written by Atomics, plain data too: their operations are in one order that every thread
 * agrees on (ECMA-262 §29, SeqCst). "Before" means that order here.
 */

import type { Invalidation } from './invalidation.ts'
import type { InvalidationBus } from './invalidation-bus.ts'

export interface InvalidationMemoryOptions {
  /** How many threads there are. */
  threads: number
  /**
   * How much one thread may tell before another has listened; what is more makes that one forget everything it keeps. A
   * mark takes 4 bytes, and 2 for each UTF-16 unit of its key or tag. Default 256 KiB.
   */
  bytesPerThread?: number
}

/** Bytes between what different threads write: no two on one cache line, also where a line is 128 bytes long. */
const LINE = 128

/** In the first line, as Int32s: the epoch, and how many rings of how many words follow. */
const EPOCH = 0
const THREADS = 1
const WORDS = 2

/** In the head of a ring: how many words were ever begun to be written, and how many were written. */
export const BEGUN = 0
export const WRITTEN = 1

/** What a mark's first word says, in its lower two bits: what kind it is. Above: how many UTF-16 units follow, two a word. */
const KEY = 0
const TAG = 1
const EVERYTHING = 2

/** One thread's ring, as it lies in shared memory. */
export interface Ring {
  /** Counts of words in 64 bits, that come to an end after 2^53: a million words a second for 285 years. */
  readonly head: BigInt64Array
  readonly words: Int32Array
}

/**
 * The memory for one cache's invalidations, to be handed to all threads before they start. A second cache needs a second.
 *
 * @throws {RangeError} when an option is no positive whole number, or less than a word or more than 1 GiB for each thread.
 * @example
 * const buffer = createInvalidationMemory({ threads: 4 }) // in the main thread, which hands it to each as workerData
 * const cache = createCache({ memory: memoryStore(), invalidationBus: sharedMemoryBus(buffer, 2) }) // in thread 2 of 0 to 3
 */
export function createInvalidationMemory(options: InvalidationMemoryOptions): SharedArrayBuffer {
  const { threads, bytesPerThread = 256 * 1024 } = options
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new RangeError(`createInvalidationMemory: threads must be a positive whole number, not ${threads}`)
  }
  if (!Number.isSafeInteger(bytesPerThread) || bytesPerThread < 4 || bytesPerThread > 2 ** 30) {
    throw new RangeError(
      `createInvalidationMemory: bytesPerThread must be a whole number from 4 to 2^30, not ${bytesPerThread}`,
    )
  }
  const words = Math.floor(bytesPerThread / 4)
  const buffer = new SharedArrayBuffer(LINE + threads * ringBytes(words))
  const about = new Int32Array(buffer, 0, 3)
  about[THREADS] = threads
  about[WORDS] = words
  return buffer
}

/**
 * One thread's place among the others: what it tells, and what it hears. It hears what is told from now on, so nothing may
 * be kept yet. A thread that takes the place of another may open the same ring once that other has ended.
 *
 * @param thread its number, from 0; no other thread may have it at the same time.
 * @throws {RangeError} when there is no such thread.
 */
export function sharedMemoryBus(buffer: SharedArrayBuffer, thread: number): InvalidationBus {
  const about = new Int32Array(buffer, 0, 3)
  const threads = about[THREADS] ?? 0
  if (!Number.isInteger(thread) || thread < 0 || thread >= threads) {
    throw new RangeError(`sharedMemoryBus: thread must be a whole number below ${threads}, not ${thread}`)
  }
  const own = ringAt(buffer, thread)
  finishAppend(own)
  // What the thread that was here before had written and not yet announced is announced by this.
  raiseEpoch(about)
  let epoch = Atomics.load(about, EPOCH) // before the positions: what is told in between is looked for again
  const others = Array.from({ length: threads }, (_, i) => i)
    .filter((i) => i !== thread)
    .map((i) => listenTo(ringAt(buffer, i)))

  return {
    publish(marks) {
      for (const mark of marks) append(own, mark)
      // Last. A thread that ends before this has told what may be heard only with the next mark of anybody; it had not
      // returned from its call, so nobody can have begun anything "after" it.
      if (marks.length > 0) raiseEpoch(about)
    },
    take(forget) {
      // It wraps after 2^32, which only a thread notices that slept through exactly that many.
      const current = Atomics.load(about, EPOCH)
      if (current === epoch) return
      for (const other of others) other.take(forget)
      epoch = current // as it was before the reading: what is told meanwhile is looked for again
    },
  }
}

/** Where a thread's ring lies. For tests, which leave it as a terminated thread would, and nobody else. */
export function ringAt(buffer: SharedArrayBuffer, thread: number): Ring {
  const words = new Int32Array(buffer, 0, 3)[WORDS] ?? 0
  const at = LINE + thread * ringBytes(words)
  return { head: new BigInt64Array(buffer, at, 2), words: new Int32Array(buffer, at + LINE, words) }
}

function ringBytes(words: number): number {
  return LINE + Math.ceil((words * 4) / LINE) * LINE
}

function raiseEpoch(about: Int32Array): void {
  Atomics.add(about, EPOCH, 1)
}

function append(ring: Ring, given: Invalidation): void {
  const mark = wordsOf(textOf(given).length) > ring.words.length ? 'everything' : given
  const text = textOf(mark)
  const length = wordsOf(text.length)
  const from = count(ring, WRITTEN)
  // Before the first word: who is just reading the words that are overwritten now will find that they were.
  Atomics.store(ring.head, BEGUN, BigInt(from + length))
  let at = from % ring.words.length
  function put(word: number): void {
    Atomics.store(ring.words, at, word)
    if (++at === ring.words.length) at = 0
  }
  put(first(mark === 'everything' ? EVERYTHING : 'key' in mark ? KEY : TAG, text.length))
  for (let unit = 0; unit < text.length; unit += 2) {
    put(text.charCodeAt(unit) | (text.charCodeAt(unit + 1) << 16)) // beyond the end there is NaN, which shifts to 0
  }
  // After the last word: nobody reads further than this.
  Atomics.store(ring.head, WRITTEN, BigInt(from + length))
}

function textOf(mark: Invalidation): string {
  if (mark === 'everything') return ''
  return 'key' in mark ? mark.key : mark.tag
}

/**
 * What a terminated thread has begun to append is made one mark on everything: what it was to say nobody knows. It must not
 * be begun anew from where it was, since a shorter mark would take back what readers were told of words overwritten.
 */
function finishAppend(ring: Ring): void {
  const from = count(ring, WRITTEN)
  const length = count(ring, BEGUN) - from
  if (length === 0) return
  Atomics.store(ring.words, from % ring.words.length, first(EVERYTHING, 2 * (length - 1)))
  Atomics.store(ring.head, WRITTEN, BigInt(from + length))
}

/** Reads one ring, from what is written there next. */
function listenTo(ring: Ring): { take(forget: (mark: Invalidation) => void): void } {
  let heard = count(ring, WRITTEN)

  return {
    take(forget) {
      const written = count(ring, WRITTEN)
      if (written === heard) return
      const words = copyOf(ring, heard, written)
      if (words === undefined)
        forget('everything') // also what is beyond, up to `written`
      else for (const mark of marksIn(words)) forget(mark)
      heard = written
    },
  }
}

/** `undefined` when the writer has overwritten some of it, before or meanwhile. */
function copyOf(ring: Ring, from: number, to: number): Int32Array | undefined {
  const size = ring.words.length
  if (to - from > size) return undefined
  const copy = new Int32Array(to - from)
  let at = from % size
  for (let i = 0; i < copy.length; i++) {
    copy[i] = Atomics.load(ring.words, at)
    if (++at === size) at = 0
  }
  // A word that was overwritten before it was copied belongs to an append that was begun before that.
  return count(ring, BEGUN) - from > size ? undefined : copy
}

function* marksIn(words: Int32Array): Generator<Invalidation> {
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? 0
    const units = word >>> 2
    const kind = word & 3
    if (kind === EVERYTHING) yield 'everything'
    else yield kind === KEY ? { key: textIn(words, at + 1, units) } : { tag: textIn(words, at + 1, units) }
    at += wordsOf(units)
  }
}

/** Unit by unit, since no decoder of bytes leaves a lone surrogate as it is, and it may be in any key. */
function textIn(words: Int32Array, from: number, units: number): string {
  let text = ''
  for (let unit = 0; unit < units; unit++) {
    const word = words[from + (unit >> 1)] ?? 0
    text += String.fromCharCode(unit % 2 === 0 ? word & 0xffff : word >>> 16)
  }
  return text
}

function first(kind: number, units: number): number {
  return (units << 2) | kind
}

function wordsOf(units: number): number {
  return 1 + Math.ceil(units / 2)
}

function count({ head }: Ring, which: typeof BEGUN | typeof WRITTEN): number {
  return Number(Atomics.load(head, which))
}
