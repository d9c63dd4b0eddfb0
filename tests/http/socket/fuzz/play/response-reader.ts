/** Reads the responses of one connection from its bytes. */

export interface RawResponse {
  status: number
  /** Names in lower case, in the order of the bytes. */
  fields: readonly (readonly [name: string, value: string])[]
  /** One character for each byte, without the framing of chunks. */
  body: string
}

/**
 * Header of the app's responses to HEAD, which have no body. The methods of the script do not tell which these are, because a
 * server may read other requests from the bytes than the client means.
 */
export const RESPONSE_TO_HEAD = 'x-response-to-head'

export class ResponseReader {
  /** The complete responses, interim ones (1xx) included. */
  readonly responses: RawResponse[] = []
  #text = ''
  #finalCount = 0
  /** Length of the text with which the next response is complete, as far as it is known. */
  #needed = 0

  /** The number of complete responses, without interim ones. */
  get finalCount(): number {
    return this.#finalCount
  }

  /** Bytes that belong to no complete response. */
  get rest(): string {
    return this.#text
  }

  push(text: string): void {
    this.#text += text
    if (this.#text.length >= this.#needed) this.#read(false)
  }

  /** Reads the last response, whose body may end with the connection. */
  finish(): void {
    this.#read(true)
  }

  #read(isClosed: boolean): void {
    for (;;) {
      const found = readResponse(this.#text, isClosed)
      this.#needed = found?.length ?? 0
      if (found?.response === undefined) return
      this.#text = this.#text.slice(found.length)
      this.responses.push(found.response)
      if (found.response.status >= 200) this.#finalCount++
    }
  }
}

/** The first response and the number of its bytes. An incomplete one is `undefined`. */
interface Found {
  response?: RawResponse
  length: number
}

function readResponse(text: string, isClosed: boolean): Found | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1])
  if (Number.isNaN(status)) return undefined
  const fields = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  const start = headEnd + 4
  const framed = readBody(text.slice(start), { status, fields, isClosed })
  if (framed === undefined) return undefined
  const { body, length } = framed
  return { ...(body !== undefined && { response: { status, fields, body } }), length: start + length }
}

interface Framing {
  status: number
  fields: RawResponse['fields']
  isClosed: boolean
}

/** Without the body if its length is known and not yet reached. */
function readBody(
  text: string,
  { status, fields, isClosed }: Framing,
): { body?: string; length: number } | undefined {
  const hasNoBody = status < 200 || status === 204 || status === 304
  if (hasNoBody || fieldValue(fields, RESPONSE_TO_HEAD) !== undefined) return { body: '', length: 0 }
  // A response to HEAD that does not come from the app: no body of the app begins like this.
  if (text.startsWith('HTTP/1.1 ')) return { body: '', length: 0 }
  if (fieldValue(fields, 'transfer-encoding') !== undefined) return readChunks(text)
  const length = fieldValue(fields, 'content-length')
  if (length !== undefined) {
    const bytes = Number(length)
    return text.length < bytes ? { length: bytes } : { body: text.slice(0, bytes), length: bytes }
  }
  return isClosed ? { body: text, length: text.length } : undefined
}

function readChunks(text: string) {
  let body = ''
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    const end = lineEnd + 2 + size + 2
    if (Number.isNaN(size) || text.length < end) return undefined
    body += text.slice(lineEnd + 2, end - 2)
    at = end
    if (size === 0) return { body, length: at }
  }
}

export function fieldValue(fields: RawResponse['fields'], name: string): string | undefined {
  return fields.find(([field]) => field === name)?.[1]
}
