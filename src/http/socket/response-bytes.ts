/** Formats responses for the socket. The text of a head is cached, because the hits of one second share it. */
import { STATUS_CODES } from 'node:http'
import type { Message } from '../stored/heads/message.ts'

/** The parts of a response in the order in which they are written. A text is Latin-1. */
export type ResponseBytes = readonly [string] | readonly [Uint8Array] | readonly [string, Uint8Array]

/** Longest body that is sent as one string with its head. For longer ones a buffer is faster. */
const MAX_TEXT_LENGTH = 4096

/** Longest body in bytes that is copied behind its head. A longer one is written by itself, which needs no second copy of it. */
const MAX_COPIED_LENGTH = 65_536

/** Headers about the connection or the framing. They are decided here, and no stored response has them. */
const NOT_STORED = ['connection', 'keep-alive', 'trailer', 'transfer-encoding', 'upgrade']

/** Names and values that node:http accepts. */
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const VALUE = /^[\t -~\x80-\xff]*$/

interface Head {
  readonly connection: string
  readonly text: string
  /** Length of the body in bytes. */
  readonly length: number
}

export class ResponseFormatter {
  readonly #heads = new WeakMap<Message, Head>()

  /**
   * Formats a response. The text of its head is formatted once.
   *
   * @param connection the header lines about the connection, each with its line end.
   * @returns `undefined` for a response that would break the framing, or that node:http would refuse to send.
   */
  bytesOf(message: Message, connection: string): ResponseBytes | undefined {
    const { body } = message
    let head = this.#heads.get(message)
    if (head?.connection !== connection) {
      head = headOf(message, connection)
      if (head === undefined) return undefined
      this.#heads.set(message, head)
    }
    if (body === null) return [head.text]
    const isAscii = typeof body === 'string' && body.length === head.length
    if (isAscii && head.length <= MAX_TEXT_LENGTH) return [head.text + body]
    if (head.length <= MAX_COPIED_LENGTH) return [joined(head, body, isAscii)]
    return [head.text, typeof body === 'string' ? Buffer.from(body) : body]
  }
}

function joined({ text, length }: Head, body: string | Uint8Array, isAscii: boolean): Uint8Array {
  const bytes = Buffer.allocUnsafe(text.length + length)
  bytes.write(text, 0, 'latin1')
  if (typeof body !== 'string') bytes.set(body, text.length)
  else if (isAscii) bytes.write(body, text.length, 'latin1')
  else bytes.write(body, text.length, 'utf8')
  return bytes
}

function headOf(message: Message, connection: string): Head | undefined {
  const { status, headers, cookies, body } = message
  const length = body === null ? 0 : Buffer.byteLength(body)
  const hasNoLength = status === 204
  const isFramed = status >= 200 && status !== 304 && (!hasNoLength || body === null)
  const declared = headers['content-length']
  if (!isFramed || (declared !== undefined && declared !== String(length))) return undefined
  const lines = [...Object.entries(headers), ...cookies.map((cookie) => ['set-cookie', cookie] as const)]
  if (!lines.every(([name, value]) => isSendable(name, value))) return undefined
  if (!hasNoLength && declared === undefined) lines.push(['content-length', String(length)])
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${fields}${connection}\r\n`
  return { connection, text, length }
}

function isSendable(name: string, value: string): boolean {
  return !NOT_STORED.includes(name) && NAME.test(name) && VALUE.test(value)
}
