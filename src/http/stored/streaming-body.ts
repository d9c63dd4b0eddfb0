/** A response body that is read once from its source and shared by several readers while it is still streaming. */
import { type BodyReader, BodyReaders } from './body-readers.ts'
import type { Source } from './byte-source.ts'
import { ChunkWindow } from './chunk-window.ts'

const SLOW_READER_TIMEOUT_MS = 10_000

/**
 * - `buffering`: all chunks stay in memory, and the source is read to its end.
 * - `too-large`: `complete` has resolved to `undefined`. Readers can still join until the end of this turn of the event loop.
 * - `passing-through`: chunks are dropped once every reader has read them.
 */
type Phase = 'buffering' | 'too-large' | 'passing-through'

/**
 * The source is read to its end even if there are no readers, so that the body is stored even if its client disconnects.
 *
 * A body that exceeds `maxBytes` is not stored and only passes through. It is read on demand, at most `maxBytes` ahead of the
 * slowest reader, and its source is cancelled when there are no readers any more. If the slowest reader reads nothing for
 * `slowReaderTimeoutMs` while others wait for it, its stream fails and the others continue.
 */
export class SharedBody {
  /** The complete body; `undefined` if it exceeds `maxBytes`. Rejects when the source fails. */
  readonly complete: Promise<Uint8Array<ArrayBuffer> | undefined>

  readonly #source: Source
  readonly #maxBytes: number
  readonly #slowReaderTimeoutMs: number
  readonly #chunks: ChunkWindow
  readonly #readers = new BodyReaders()
  readonly #completion = Promise.withResolvers<Uint8Array<ArrayBuffer> | undefined>()
  /** Resolves at the next change: new chunks, the end, or a removed reader. Waiting readers then check again. */
  #change = Promise.withResolvers<void>()
  #phase: Phase = 'buffering'
  #end: 'done' | { error: unknown } | undefined
  #isReading = false
  /** Number of calls of `hold` that are not settled. */
  #holds = 0
  #isForFirstReader = false
  /** Timer that runs while a reader waits for the slowest one. */
  #slowReaderTimer: ReturnType<typeof setTimeout> | undefined

  /**
   * Starts to read the source.
   *
   * @param chunks the part of the body that was already read.
   * @param maxBytes the largest body that is stored.
   */
  constructor(
    chunks: readonly Uint8Array[],
    source: Source,
    maxBytes: number,
    slowReaderTimeoutMs = SLOW_READER_TIMEOUT_MS,
  ) {
    this.#chunks = new ChunkWindow(chunks)
    this.#source = source
    this.#maxBytes = maxBytes
    this.#slowReaderTimeoutMs = slowReaderTimeoutMs
    this.complete = this.#completion.promise
    this.complete.catch(() => {}) // prevents an unhandled rejection: the streams report the error
    void this.#readOn()
  }

  /**
   * The body from its beginning; fails when the source fails. Must be called before `complete` settles.
   *
   * @param isFirst true for the request that has made the body. It gets the body whatever `hold` says.
   */
  stream(isFirst = false): ReadableStream<Uint8Array> {
    const reader = this.#readers.add()
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const chunk = await this.#nextChunk(reader, isFirst)
        if (chunk !== undefined) return controller.enqueue(chunk)
        this.#readers.remove(reader)
        controller.close()
      },
      cancel: () => {
        this.#readers.remove(reader)
        this.#dropReadChunks()
      },
    })
  }

  /**
   * Gives chunks to the first reader only, until it is known whether they are for all readers. If they are not, the other streams
   * fail and the body is not stored.
   */
  hold(isForAll: Promise<boolean>): void {
    this.#holds++
    void isForAll
      .catch(() => false)
      .then((forAll) => {
        this.#holds--
        if (!forAll) {
          this.#isForFirstReader = true
          if (this.#phase === 'buffering') this.#startPassingThrough()
        }
        this.#notifyReaders()
      })
  }

  async #nextChunk(reader: BodyReader, isFirst: boolean): Promise<Uint8Array | undefined> {
    for (;;) {
      if (!isFirst && this.#isForFirstReader) {
        this.#readers.remove(reader)
        throw new Error('cached: this response is for another client, as its body shows')
      }
      if (!isFirst && this.#holds > 0) {
        await this.#change.promise
        continue
      }
      if (reader.isLeftBehind) throw slowReaderError(this.#slowReaderTimeoutMs)
      const chunk = this.#chunks.chunkAt(reader.position)
      if (chunk !== undefined) {
        reader.position++
        this.#dropReadChunks()
        return chunk
      }
      if (this.#end === 'done') return undefined
      if (this.#end !== undefined) throw this.#end.error
      const { promise } = this.#change // taken before the source is read, so that this reader misses no change
      if (this.#mayReadAhead()) void this.#readOn()
      else
        this.#slowReaderTimer ??= setTimeout(() => this.#leaveSlowReadersBehind(), this.#slowReaderTimeoutMs)
      await promise
    }
  }

  #mayReadAhead(): boolean {
    return this.#phase !== 'passing-through' || this.#chunks.bytes <= this.#maxBytes
  }

  /** Reads the source: to its end while buffering, otherwise one chunk. */
  async #readOn(): Promise<void> {
    if (this.#isReading || this.#end !== undefined) return
    this.#isReading = true
    try {
      do {
        if (this.#phase === 'buffering' && this.#chunks.bytes > this.#maxBytes) this.#startPassingThrough()
        const { done, value } = await this.#source.read()
        if (value !== undefined) this.#chunks.push(value)
        if (done) this.#end = 'done'
        this.#notifyReaders()
      } while (this.#end === undefined && this.#phase === 'buffering')
      if (this.#end === 'done' && this.#phase === 'buffering') this.#completion.resolve(this.#chunks.join())
    } catch (error) {
      this.#end = { error }
      this.#completion.reject(error)
      this.#notifyReaders()
    } finally {
      this.#isReading = false
    }
  }

  #startPassingThrough(): void {
    this.#phase = 'too-large'
    this.#completion.resolve(undefined)
    // Requests that share the load call `stream` in this turn of the event loop. Later requests do not get this body.
    setTimeout(() => {
      this.#phase = 'passing-through'
      this.#dropReadChunks()
    }, 0)
  }

  /**
   * In the phase `passing-through`: drops the chunks that every reader has read, and cancels the source if there are no
   * readers.
   */
  #dropReadChunks(): void {
    if (this.#phase !== 'passing-through') return
    if (this.#readers.size === 0 && this.#end === undefined) {
      this.#end = 'done'
      this.#source.cancel().catch(() => {}) // a failed source holds no resources
    }
    const slowest = this.#readers.slowestPosition(this.#chunks.end)
    if (slowest > this.#chunks.start || this.#readers.size === 0) {
      clearTimeout(this.#slowReaderTimer)
      this.#slowReaderTimer = undefined
    }
    this.#chunks.dropBefore(slowest)
    this.#notifyReaders()
  }

  #leaveSlowReadersBehind(): void {
    this.#slowReaderTimer = undefined
    this.#readers.leaveBehind(this.#chunks.start)
    this.#dropReadChunks()
  }

  #notifyReaders(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }
}

function slowReaderError(timeoutMs: number): Error {
  return new Error(`cached: this client read nothing for ${timeoutMs} ms while other clients waited`)
}
