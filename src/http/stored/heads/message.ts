/** A complete response for servers that take no `Response`. The hits of one stored response within a second share it. */
import type { StoredHeaders } from './stored-headers.ts'

export type MessageBody = string | Uint8Array<ArrayBuffer> | null

export class Message {
  readonly status: number
  /** All headers but cookies. */
  readonly headers: StoredHeaders
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[]
  readonly body: MessageBody
  #fields: (string | string[])[] | undefined
  #isAscii: boolean | undefined

  constructor(status: number, headers: StoredHeaders, cookies: readonly string[], body: MessageBody) {
    this.status = status
    this.headers = headers
    this.cookies = cookies
    this.body = body
  }

  /**
   * Names and values of all headers in turn, as `writeHead` of `node:http` takes them; the cookies are one value. Must not be
   * changed.
   */
  get fields(): (string | string[])[] {
    this.#fields ??= [
      ...Object.entries(this.headers).flat(),
      ...(this.cookies.length === 0 ? [] : ['set-cookie', [...this.cookies]]),
    ]
    return this.#fields
  }

  /** True if every encoding writes the same bytes: ASCII has as many bytes as characters. */
  get isAscii(): boolean {
    const length = this.headers['content-length']
    this.#isAscii ??=
      typeof this.body === 'string' &&
      length === String(this.body.length) &&
      !this.fields.flat().some(isUnusual)
    return this.#isAscii
  }
}

const isUnusual = (text: string) => /[^\t -~]/.test(text)
