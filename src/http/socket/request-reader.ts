/** Recognises plain GET requests in the bytes of one connection. */
import type { HeaderValues } from '../front/hit-headers.ts'
import { fieldsOfBlock } from './header-block.ts'
import type { KnownBlocks, PlainBlock } from './known-blocks.ts'

/** Largest plain request, in bytes. */
export const MAX_REQUEST_BYTES = 8192

const METHOD = 'GET '
const VERSION = ' HTTP/1.1'
const LINE_END = '\r\n'

/** `G`, the first byte of a GET. */
const FIRST_BYTE = 0x47

/** A target in origin form: printable ASCII without a fragment. */
const TARGET = /^\/[!"$-~]*$/

export class RequestReader {
  readonly #known: KnownBlocks
  readonly #maxBytes: number
  /** The header block of the last request, and its facts. A client that repeats its block is recognised by one comparison. */
  #block = ''
  #plain: PlainBlock | undefined
  #headers: Headers | undefined

  /** @param maxBytes largest request to recognise. */
  constructor(known: KnownBlocks, maxBytes: number) {
    this.#known = known
    this.#maxBytes = maxBytes
  }

  /** The headers of the last plain request. They are shared with further requests, so they must be copied. */
  get headers(): Headers {
    this.#headers ??= new Headers(fieldsOfBlock(this.#block))
    return this.#headers
  }

  /** Values of the headers that the front reads, in the last plain request; `undefined` if none of them is there. */
  get received(): HeaderValues | undefined {
    return this.#plain?.received
  }

  /**
   * Returns the URL if the bytes are exactly one plain request: a complete GET over HTTP/1.1 with a plain header block, and no
   * byte more. Returns `undefined` for everything else.
   */
  urlOf(chunk: Buffer): string | undefined {
    if (chunk[0] !== FIRST_BYTE || chunk.length > this.#maxBytes) return undefined
    const text = chunk.toString('latin1')
    return this.#urlBeforeLastBlock(text) ?? this.#urlBeforeBlock(text)
  }

  /** The URL if the text is a request line with the block of the last request, which needs no second check. */
  #urlBeforeLastBlock(text: string): string | undefined {
    const block = this.#block
    // Not `endsWith`, which takes three times as long on V8.
    if (block === '' || text.slice(-block.length) !== block) return undefined
    return this.#urlOf(text.slice(0, -block.length))
  }

  #urlBeforeBlock(text: string): string | undefined {
    const lineLength = text.indexOf(LINE_END)
    if (lineLength === -1) return undefined
    const block = text.slice(lineLength)
    const plain = this.#known.find(block)
    if (plain === undefined) return undefined
    this.#block = block
    this.#plain = plain
    this.#headers = undefined
    return this.#urlOf(text.slice(0, lineLength))
  }

  /** The URL of a request line, which is the complete text before the block. */
  #urlOf(line: string): string | undefined {
    const target = targetOf(line)
    return target === undefined ? undefined : `http://${this.#plain?.host}${target}`
  }
}

/** The target of a request line for GET and HTTP/1.1; `undefined` for any other line. */
function targetOf(line: string): string | undefined {
  if (!line.startsWith(METHOD) || !line.endsWith(VERSION)) return undefined
  const target = line.slice(METHOD.length, -VERSION.length)
  return TARGET.test(target) ? target : undefined
}
