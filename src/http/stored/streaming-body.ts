/** A body that is read once and given to many while it still grows; and all of it, if that is not too much to keep. */

export interface SharedBody {
  /** The body from its beginning, as it comes; fails where its source fails. Not to be called once `complete` has settled. */
  stream(): ReadableStream<Uint8Array>
  /** All of it; `undefined` when it is larger than what may be kept. Rejects when its source fails. */
  readonly complete: Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** What the sets of runtime types agree on. */
export interface Source {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<void>
}

interface Reader {
  /** Which chunk it takes next. */
  next: number
  isLeftBehind: boolean
}

/**
 * Reads a source to its end, whether anyone wants it or not: a client that goes away loses nobody's entry. Once it is too
 * large to be kept it is read for those alone who take it, at most `maxBytes` ahead of the slowest, and no further when the
 * last has gone. Who takes nothing for so long that others wait `patienceMs` for it gets no more: a reader that somebody has
 * dropped, or a client that will not read, holds up nobody else.
 *
 * @param begun what was read of it already.
 * @param maxBytes the largest body that is kept.
 */
export function shareBody(
  begun: readonly Uint8Array[],
  source: Source,
  maxBytes: number,
  patienceMs = 10_000,
): SharedBody {
  const chunks = [...begun]
  /** How many chunks every reader has had, and are gone. */
  let gone = 0
  let bytes = begun.reduce((sum, { byteLength }) => sum + byteLength, 0)
  let ended: 'whole' | { error: unknown } | undefined
  let isReading = false
  /** Too large: it only passes through. */
  let passing = false
  let mayForget = false
  const readers = new Set<Reader>()
  /** Runs while someone waits for the slowest. */
  let patience: ReturnType<typeof setTimeout> | undefined
  const { promise: complete, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer> | undefined>()
  let changed = Promise.withResolvers<void>()

  function tell(): void {
    changed.resolve()
    changed = Promise.withResolvers()
  }

  /** Reads on: to the end while it may be kept, else by one chunk. */
  async function readOn(): Promise<void> {
    if (isReading || ended !== undefined) return
    isReading = true
    try {
      do {
        if (!passing && bytes > maxBytes) passThrough()
        const { done, value } = await source.read()
        if (value !== undefined) {
          chunks.push(value)
          bytes += value.byteLength
        }
        if (done) ended = 'whole'
        tell()
      } while (ended === undefined && !passing)
      if (ended === 'whole' && !passing) resolve(joined(chunks, bytes))
    } catch (error) {
      ended = { error }
      reject(error)
      tell()
    } finally {
      isReading = false
    }
  }

  function passThrough(): void {
    passing = true
    resolve(undefined)
    // Those who were promised the body ask for it in this turn of the event loop; then nobody comes any more.
    setTimeout(() => {
      mayForget = true
      forget()
    }, 0)
  }

  /** Lets go of the chunks that every reader has had; of all of them, and the source, once there is no reader left. */
  function forget(): void {
    if (!mayForget) return
    if (readers.size === 0 && ended === undefined) {
      ended = 'whole'
      source.cancel().catch(() => {}) // a source that is broken holds nothing
    }
    const slowest = Math.min(gone + chunks.length, ...Array.from(readers, ({ next }) => next))
    if (slowest > gone || readers.size === 0) {
      clearTimeout(patience)
      patience = undefined
    }
    for (const { byteLength } of chunks.splice(0, slowest - gone)) bytes -= byteLength
    gone = slowest
    tell()
  }

  function leaveBehind(): void {
    patience = undefined
    for (const reader of readers) {
      if (reader.next > gone) continue
      reader.isLeftBehind = true
      readers.delete(reader)
    }
    forget()
  }

  async function next(reader: Reader): Promise<Uint8Array | undefined> {
    for (;;) {
      if (reader.isLeftBehind) throw new Error('cached: others would have waited too long for this reader')
      const chunk = chunks[reader.next - gone]
      if (chunk !== undefined) {
        reader.next++
        if (passing) forget()
        return chunk
      }
      if (ended === 'whole') return undefined
      if (ended !== undefined) throw ended.error
      const { promise } = changed
      if (!passing || bytes <= maxBytes || !mayForget) void readOn()
      else patience ??= setTimeout(leaveBehind, patienceMs)
      await promise
    }
  }

  complete.catch(() => {}) // its readers hear of it in any case
  void readOn()

  return {
    complete,
    stream() {
      const reader: Reader = { next: 0, isLeftBehind: false }
      readers.add(reader)
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          const chunk = await next(reader)
          if (chunk !== undefined) return controller.enqueue(chunk)
          readers.delete(reader)
          controller.close()
        },
        cancel() {
          readers.delete(reader)
          forget()
        },
      })
    },
  }
}

/** One piece of memory: the only copy that is made, and none where it came in one piece. */
export function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined && ownsItsMemory(only)) return only
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

/** A view of a larger buffer would keep all of that. */
function ownsItsMemory(chunk: Uint8Array): chunk is Uint8Array<ArrayBuffer> {
  return chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength
}
