/** Formats responses for the socket. The text of a head is cached, because the hits of one second share it. */
import { STATUS_CODES } from 'node:http'
import { createBoundedMap } from '../bounded-map.ts'
import type { Message } from '../stored/heads/message.ts'

/** A response in one or two parts. The head is written as Latin-1; a short body follows it in the same text. */
export type ResponseBytes = readonly [head: string, body?: Uint8Array]

/** Longest body in characters that is sent as one text with its head. For longer ones, bytes are faster. */
const MAX_TEXT_LENGTH = 4096

/** Longest body in characters whose bytes are kept, and characters of all these bodies together. */
const MAX_KEPT_LENGTH = 256 * 1024
const MAX_KEPT_LENGTHS = 4 * 2 ** 20

/** Headers about the connection or the framing. They are decided here, and no stored response has them. */
const NOT_STORED = ['connection', 'keep-alive', 'trailer', 'transfer-encoding', 'upgrade']

/** Names and values that node:http accepts. */
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const VALUE = /^[\t -~\x80-\xff]*$/

const LINE_END = '\r\n'

const ASCII = /^[\t\r\n -~]*$/

interface Head {
  readonly connection: string
  readonly text: string
  /** Length of the body in bytes. */
  readonly length: number
}

export class ResponseFormatter {
  readonly #heads = new WeakMap<Message, Head>()
  /** The bytes of long texts, by the text: to encode one takes as long as to send it. */
  readonly #bodies = createBoundedMap<Uint8Array>({ maxLength: MAX_KEPT_LENGTHS })

  /**
   * Formats a response. The text of its head is formatted once.
   *
   * @param connection the header lines about the connection, each with its line end.
   * @param own header lines of this response alone, in ASCII, each with its line end. They follow all others.
   * @returns `undefined` for a response that would break the framing, or that node:http would refuse to send.
   */
  bytesOf(message: Message, connection: string, own?: string): ResponseBytes | undefined {
    const { body } = message
    let head = this.#heads.get(message)
    if (head?.connection !== connection) {
      head = headOf(message, connection)
      if (head === undefined) return undefined
      this.#heads.set(message, head)
    }
    const text = own === undefined ? head.text : `${head.text.slice(0, -LINE_END.length)}${own}${LINE_END}`
    if (body === null) return [text]
    if (typeof body !== 'string') return [text, body]
    const isShortAscii = body.length === head.length && head.length <= MAX_TEXT_LENGTH
    return isShortAscii ? [text + body] : [text, this.#bytesOf(body)]
  }

  #bytesOf(body: string): Uint8Array {
    const kept = this.#bodies.get(body)
    if (kept !== undefined) return kept
    const bytes = Buffer.from(body)
    if (body.length <= MAX_KEPT_LENGTH) this.#bodies.set(body, bytes)
    return bytes
  }
}

function headOf(message: Message, connection: string): Head | undefined {
  const { status, headers, cookies, body } = message
  const length = body === null ? 0 : Buffer.byteLength(body)
  const hasNoLength = status === 204
  const isFramed = status >= 200 && status !== 304 && (!hasNoLength || body === null)
  const declared = headers['content-length']
  if (!isFramed || (declared !== undefined && declared !== String(length))) return undefined
  const lines = [...Object.entries(headers), ...cookies.map((cookie) => ['set-cookie', cookie] as const)]
  if (!lines.every(([name, value]) => !NOT_STORED.includes(name) && isSendable(name, value))) return undefined
  if (!hasNoLength && declared === undefined) lines.push(['content-length', String(length)])
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${fields}${connection}\r\n`
  // Like node:http, which writes a head and a text in one encoding: UTF-8.
  const isUtf8 = typeof body === 'string' && !ASCII.test(text)
  return { connection, text: isUtf8 ? Buffer.from(text).toString('latin1') : text, length }
}

/** True if node:http would send the header too. */
export function isSendable(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value)
}
