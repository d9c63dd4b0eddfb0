/** A small listener that answers plain requests on the socket, and variants of it with one fault each, which the comparison must find. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FuzzedApp } from './fuzzed-app.ts'
import { type Listener, listenWithSockets, nodeServer } from './listener.ts'

/** Each one relaxes a check of the listener, or adds an act. */
export const faults = [
  'answers only the first pipelined request',
  'ignores Content-Length',
  'ignores Transfer-Encoding',
  'uses the last of two Hosts',
  'accepts no Host',
  'joins folded lines',
  'accepts bare LF',
  'accepts a space before the colon',
  'accepts control bytes',
  'keeps the connection open after Connection: close',
  'answers HTTP/1.0',
  'ignores conditions',
  'ignores Range',
  'answers twice',
  'counts twice',
  'drops an incomplete request',
  'repeats the last response of the connection',
  'answers HEAD with a body',
  'loses the bytes of a handed over request',
  'sends the header fields of another response',
  'accepts a header block of any size',
] as const

export type Fault = (typeof faults)[number]

/** Longer requests may exceed the limits of node:http. */
const MAX_BYTES = 8192

const REQUEST =
  /^(GET|HEAD) (\/hit\/(?!untyped)\w+(?:\?[\w=]*)?) HTTP\/1\.([01])\r\n((?:[!-9;-~]+:[ -~]*\r\n)*)\r\n/
const ROUTED =
  /^(?:if-[a-z-]+|range|cache-control|pragma|authorization|upgrade|content-length|transfer-encoding|expect|te|trailer|connection)$/

/** @param fault `undefined` for the listener without a fault */
export function faultyListener(fault?: Fault): Listener {
  return {
    name: fault ?? 'a listener without a fault',
    listen(made) {
      const http = nodeServer(made.app.fetch)
      return listenWithSockets((socket) => new Connection(socket, made, http, fault).read())
    },
  }
}

class Connection {
  readonly #socket: Socket
  readonly #made: FuzzedApp
  readonly #http: Server
  readonly #fault: Fault | undefined
  #last: Response | undefined

  constructor(socket: Socket, made: FuzzedApp, http: Server, fault: Fault | undefined) {
    this.#socket = socket
    this.#made = made
    this.#http = http
    this.#fault = fault
  }

  read(): void {
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('data', this.#take)
    this.#socket.on('end', this.#end)
  }

  readonly #end = () => void this.#socket.end()

  readonly #take = (chunk: Buffer) => {
    const text = this.#relaxed(chunk.toString('latin1'))
    const found =
      chunk.length <= MAX_BYTES || this.#may('accepts a header block of any size') ? REQUEST.exec(text) : null
    const host = found === null ? undefined : this.#plainHost(found, text)
    if (found === null || host === undefined) {
      if (this.#fault === 'drops an incomplete request' && !text.includes('\r\n\r\n')) return
      this.#handOver(chunk)
      return
    }
    const rest = Buffer.from(text.slice(found[0].length), 'latin1')
    void this.#answer(`http://${host}${found[2]}`, found[1] === 'HEAD', chunk, rest)
  }

  #relaxed(text: string): string {
    if (this.#fault === 'joins folded lines') return text.replace(/\r\n[ \t]+/g, ' ')
    if (this.#fault === 'accepts bare LF') return text.replace(/\r?\n/g, '\r\n')
    if (this.#fault === 'accepts a space before the colon') return text.replace(/ :/g, ':')
    if (this.#fault === 'accepts control bytes') return text.replace(/[^\t\r\n -~]/g, '?')
    return text
  }

  /** Returns the host of a request that is served here. */
  #plainHost([whole, method, , minor, block = '']: RegExpExecArray, text: string): string | undefined {
    const hasRest = text.length > whole.length
    if (
      hasRest &&
      !this.#may(
        'answers only the first pipelined request',
        'ignores Content-Length',
        'ignores Transfer-Encoding',
      )
    ) {
      return undefined
    }
    if (method === 'HEAD' && !this.#may('answers HEAD with a body')) return undefined
    if (minor === '0' && !this.#may('answers HTTP/1.0')) return undefined
    const fields = block
      .split('\r\n')
      .slice(0, -1)
      .map((line) => line.split(/: ?(.*)/) as [string, string])
    if (fields.some(([name, value]) => this.#isRouted(name.toLowerCase(), value))) return undefined
    if (hasRest && this.#may('ignores Content-Length') && !/^content-length:/im.test(block)) return undefined
    if (hasRest && this.#may('ignores Transfer-Encoding') && !/^transfer-encoding:/im.test(block))
      return undefined
    const hosts = fields.filter(([name]) => name.toLowerCase() === 'host').map(([, value]) => value)
    if (hosts.length > 1 && !this.#may('uses the last of two Hosts')) return undefined
    const host = hosts.at(-1) ?? (this.#may('accepts no Host') ? 'localhost' : '')
    return /^[a-z.]+(?::\d{1,4})?$/.test(host) ? host : undefined
  }

  #isRouted(name: string, value: string): boolean {
    if (!/^[\w-]+$/.test(name)) return true
    if (name === 'connection')
      return !/^keep-alive$/i.test(value) && !this.#may('keeps the connection open after Connection: close')
    if (name.startsWith('if-') && this.#may('ignores conditions')) return false
    if (name === 'range' && this.#may('ignores Range')) return false
    if (name === 'content-length' && this.#may('ignores Content-Length')) return false
    if (name === 'transfer-encoding' && this.#may('ignores Transfer-Encoding')) return false
    return ROUTED.test(name)
  }

  #may(...faults: Fault[]): boolean {
    return this.#fault !== undefined && faults.includes(this.#fault)
  }

  async #answer(url: string, isHead: boolean, chunk: Buffer, rest: Buffer): Promise<void> {
    this.#socket.pause()
    if (this.#may('counts twice')) await this.#made.app.fetch(new Request(url))
    const response = await this.#response(url)
    const body = Buffer.from(await response.clone().arrayBuffer())
    const { headers } = this.#may('sends the header fields of another response')
      ? (this.#last ?? response)
      : response
    this.#last = response
    this.#write(response.status, headers, body)
    if (this.#may('answers twice')) this.#handOver(chunk)
    else this.#socket.resume()
    if (isHead) this.#last = undefined
    const isBodyRead = this.#may('ignores Content-Length', 'ignores Transfer-Encoding')
    if (isBodyRead && rest.length > 0) this.#take(rest)
  }

  async #response(url: string): Promise<Response> {
    if (this.#may('repeats the last response of the connection') && this.#last !== undefined)
      return this.#last
    return this.#made.app.fetch(new Request(url))
  }

  #write(status: number, headers: Headers, body: Buffer): void {
    const lines = Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`)
    if (!headers.has('content-length')) lines.push(`content-length: ${body.length}\r\n`)
    this.#socket.write(
      Buffer.concat([Buffer.from(`HTTP/1.1 ${status} x\r\n${lines.join('')}\r\n`, 'latin1'), body]),
    )
  }

  #handOver(chunk: Buffer): void {
    this.#socket.off('data', this.#take)
    this.#socket.off('end', this.#end)
    this.#socket.pause()
    if (!this.#may('loses the bytes of a handed over request')) this.#socket.unshift(chunk)
    this.#http.emit('connection', this.#socket)
    this.#socket.resume()
  }
}
