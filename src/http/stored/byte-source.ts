/** Reads the chunks of a body stream as bytes. */
import { invalid } from '../../options.ts'

/** The part of a stream reader that the types of all runtimes have in common. */
export interface Source {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<void>
}

/** Encodes strings as bytes. Handlers put strings into response streams, because servers accept them. */
export function byteSource(body: ReadableStream): Source {
  const reader: { read(): Promise<{ done: boolean; value?: unknown }> } & Pick<Source, 'cancel'> =
    body.getReader()
  return {
    async read() {
      const { done, value } = await reader.read()
      if (value === undefined || value instanceof Uint8Array) return { done, value }
      if (typeof value === 'string') return { done, value: new TextEncoder().encode(value) }
      throw invalid('cached: chunks of the response body', 'bytes or strings', value)
    },
    cancel: (reason) => reader.cancel(reason),
  }
}
