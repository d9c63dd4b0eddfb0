/** Formats responses for the socket. The text of a head is cached, because the hits of one second share it. */
import { STATUS_CODES } from 'node:http'
import type { Message } from '../stored/heads/message.ts'

/** The parts of a response in the order in which they are written. A text is Latin-1. */
export type ResponseBytes = readonly [string | Uint8Array] | readonly [string, Uint8Array]

/** Longest body that is sent as one string with its head. For longer ones a buffer is faster. */
const MAX_TEXT_LENGTH = 4096

/** Longest body in bytes that is copied behind its head. A longer one is written by itself, which needs no second copy of it. */
const MAX_COPIED_LENGTH = 65_536

/** Headers about the connection or the framing. They are decided here, and no stored response has them. */
const NOT_STORED = ['connection', 'keep-alive', 'trailer', 'transfer-encoding', 'upgrade']

/** Names and values that node:http accepts. */
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const VALUE = /^[\t -~\x80-\xff]*$/

const ASCII = /^[\t\r\n -~]*$/

interface Head {
  readonly connection: string
  readonly text: string
  readonly isAscii: boolean
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
    if (typeof body === 'string') return [textOf(head, body)]
    return head.length <= MAX_COPIED_LENGTH ? [joinedBytes(head.text, body)] : [head.text, body]
  }
}

/** Like node:http, which writes a head and a text in one encoding: UTF-8, unless all of it is ASCII. */
function textOf({ text, isAscii, length }: Head, body: string): string | Uint8Array {
  if (!isAscii || body.length !== length) return Buffer.from(text + body)
  return length <= MAX_TEXT_LENGTH ? text + body : Buffer.from(text + body, 'latin1')
}

/** Joins a text in Latin-1, bytes, and another text in Latin-1. */
export function joinedBytes(head: string, body: Uint8Array, tail = ''): Uint8Array {
  const bytes = Buffer.allocUnsafe(head.length + body.length + tail.length)
  bytes.write(head, 0, 'latin1')
  bytes.set(body, head.length)
  if (tail !== '') bytes.write(tail, head.length + body.length, 'latin1')
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
  if (!lines.every(([name, value]) => !NOT_STORED.includes(name) && isSendable(name, value))) return undefined
  if (!hasNoLength && declared === undefined) lines.push(['content-length', String(length)])
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${fields}${connection}\r\n`
  return { connection, text, isAscii: ASCII.test(text), length }
}

/** True if node:http would send the header too. */
export function isSendable(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value)
}
