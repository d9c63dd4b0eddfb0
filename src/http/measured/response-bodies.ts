/** Finds the size of a response body, and whether it is a stream, without turning it into one. */
import type { Context } from 'hono'
import { bunInspect, bunPeek, nodeByteLength } from '../../node-builtins.ts'
import { isComplete, isUncopyable } from '../context/context-response.ts'
import { type OwnMethods, ownMethodsOf } from '../context/made-text.ts'
import { parseLength } from '../fields/range.ts'
import { MadeBody } from './made-bodies.ts'

/** A body that is there, or one that streams. */
export type ResponseBody =
  | {
      /** `undefined` if the size is not known. */
      bytes: number | undefined
      stream?: undefined
    }
  | {
      bytes?: undefined
      stream: ReadableStream
      /** The response with another stream in place of this one. */
      withStream(stream: ReadableStream): Response
    }

/** The status, the body and the headers that the `Response` of @hono/node-server keeps until its body is taken. */
type Light = [status: number, body: unknown, headers: ResponseInit['headers'] | undefined]

const NONE: ResponseBody = { bytes: 0 }

/** The bodies of the responses of one app. */
export class ResponseBodies {
  #responseClass: unknown
  #lightKey: symbol | undefined
  #methods: OwnMethods | undefined

  /** Records the responses of the context. To be called before the handler runs. */
  start(c: Context): MadeBody {
    const key = this.#key()
    if (this.#methods?.contextClass !== c.constructor) this.#methods = ownMethodsOf(c)
    return new MadeBody(c, key && ((response) => lightOf(response, key)?.[1]), this.#methods)
  }

  /** @param made comes from `start`. */
  of(c: Context, response: Response, made: MadeBody): ResponseBody {
    const { status } = response
    if (c.req.method === 'HEAD' || status === 204 || status === 304 || isUncopyable(status)) return NONE
    const key = this.#key()
    const light = key && lightOf(response, key)
    if (light !== undefined) return bodyOfLight(light)
    const value = made.of(response)
    return value === undefined ? bodyOfUnknown(c, response, made) : bodyOfMade(response, value)
  }

  /** The property of the present `Response`, which @hono/node-server replaces when it is first used. */
  #key(): symbol | undefined {
    if (this.#responseClass !== Response) {
      this.#responseClass = Response
      const symbols = Object.getOwnPropertySymbols(new Response(null))
      this.#lightKey = symbols.find(({ description }) => description === 'cache')
    }
    return this.#lightKey
  }
}

function lightOf(response: Response, key: symbol): Light | undefined {
  return (response as Response & Record<symbol, Light | undefined>)[key]
}

function bodyOfLight([status, body, headers]: Light): ResponseBody {
  if (!(body instanceof ReadableStream)) return { bytes: sizeOf(body) }
  const init = headers === undefined ? { status } : { status, headers }
  return { stream: body, withStream: (stream) => new Response(stream, init) }
}

/** @param value the argument from which the context has made the response. */
function bodyOfMade(response: Response, value: unknown): ResponseBody {
  return value instanceof ReadableStream ? streamOf(response) : { bytes: sizeOf(value) }
}

function bodyOfUnknown(c: Context, response: Response, made: MadeBody): ResponseBody {
  const declared = parseLength(response.headers.get('content-length'))
  if (isComplete(c, response)) return { bytes: declared ?? 0 }
  if (bunInspect !== undefined) {
    const [, kind, size] =
      /^ {2}(FileRef|Blob|ReadableStream)\b(?: \((\d+) bytes\))?/m.exec(bunInspect(response)) ?? []
    // A response of `fetch` whose body has not arrived is shown without one.
    if (kind === undefined && response.url === '') return NONE
    if (kind !== undefined && kind !== 'ReadableStream') {
      const sent = isDecoded(response) ? undefined : declared
      return { bytes: sent ?? parseLength(size) ?? sizeOnBun(response) }
    }
  }
  if (response.body === null) return NONE
  const value = made.ofCopy(response)
  if (value !== undefined) return bodyOfMade(response, value)
  const isStream = bunInspect !== undefined || isMarkedAsStream(response, declared)
  return isStream ? streamOf(response) : { bytes: declared }
}

function streamOf(response: Response): ResponseBody {
  const { body } = response
  if (body === null) return NONE
  // The class of the response: @hono/node-server finds the length of a short stream only in its native class.
  const { constructor: Same } = response as unknown as { constructor: typeof Response }
  return { stream: body, withStream: (stream) => new Same(stream, response) }
}

/**
 * On Workers, and on Node without the `Response` of @hono/node-server, a response of a text looks like one of a stream. A stream in
 * its place would lose the length. So only headers and the origin of the response show a stream. Workers send a declared length
 * only with the original stream.
 */
function isMarkedAsStream({ headers, url }: Response, declared: number | undefined): boolean {
  if (declared !== undefined && isWorkerd) return false
  if (url !== '' || headers.has('transfer-encoding') || headers.has('content-encoding')) return true
  return STREAMED_TYPE.test(headers.get('content-type') ?? '')
}

const isWorkerd = typeof navigator !== 'undefined' && navigator.userAgent === 'Cloudflare-Workers'

const STREAMED_TYPE = /^(?:text\/event-stream|application\/(?:x-)?(?:ndjson|jsonl|json-seq)|multipart\/)/i

/** True if `fetch` has decoded the body, whose length is then not the declared one. */
function isDecoded({ headers, url }: Response): boolean {
  return url !== '' && headers.has('content-encoding')
}

/** Bytes of a body that is no stream. */
function sizeOf(body: unknown): number | undefined {
  if (body === null) return 0
  if (typeof body === 'string') return nodeByteLength?.(body) ?? new TextEncoder().encode(body).byteLength
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength
  return body instanceof Blob ? body.size : undefined
}

/** Bytes of a body that is no stream, on Bun, which makes a blob of it at once. A copy would lose the type that Bun infers. */
function sizeOnBun(response: Response): number | undefined {
  const blob = response.headers.has('content-type') ? bunPeek?.(response.clone().blob()) : undefined
  return blob instanceof Blob ? blob.size : undefined
}
