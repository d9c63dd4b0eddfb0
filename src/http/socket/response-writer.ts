/** Writes a `Response` of the app to a socket, no faster than the client reads it. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { isSendable } from './response-bytes.ts'
import { joinedBytes, writeParts } from './write-parts.ts'

/** Headers about one connection or the framing. They are formatted here, as an HTTP server does. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length'])

/** @hono/node-server adds it too. */
const DEFAULT_TYPE = 'content-type: text/plain; charset=UTF-8\r\n'

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

/**
 * Writes a complete response to a GET. If its body fails half-way, the socket is destroyed.
 *
 * @param connection the header lines about the connection, each with its line end.
 * @throws the error of a body that fails before its first byte, and a TypeError for a response that cannot be sent. Nothing has
 * been written then.
 */
export async function writeResponse(socket: Socket, response: Response, connection: string): Promise<void> {
  const { status, headers, body } = response
  const head = headOf(response) + connection
  const length = headers.get('content-length')
  if (status === 304 && length !== null) socket.write(`${head}content-length: ${length}\r\n\r\n`, 'latin1')
  else if (status === 204 || status === 304) socket.write(`${head}\r\n`, 'latin1')
  else if (body === null) socket.write(`${head}content-length: 0\r\n\r\n`, 'latin1')
  else await writeBody(socket, head, length === null ? undefined : Number(length), body.getReader())
}

function headOf({ status, headers, body }: Response): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
  let canBeSent = status >= 200
  for (const [name, value] of headers) {
    if (OF_CONNECTION.has(name)) continue
    canBeSent &&= isSendable(name, value)
    head += `${name}: ${value}\r\n`
  }
  if (body !== null && !headers.has('content-type')) head += DEFAULT_TYPE
  if (!canBeSent) throw new TypeError('The response cannot be sent over HTTP/1.1')
  return head
}

/** @param declared the length that the response declares. */
async function writeBody(
  socket: Socket,
  head: string,
  declared: number | undefined,
  reader: Reader,
): Promise<void> {
  const cancel = () => void reader.cancel().catch(ignore)
  socket.once('close', cancel)
  try {
    const first = reader.read()
    const isFirstThere = await isNow(first)
    const second = isFirstThere && !(await first).done ? reader.read() : first
    if (isFirstThere && (await isNow(second)) && (await second).done) {
      writeWhole(socket, head, declared, (await first).value ?? new Uint8Array())
    } else {
      const started = second === first ? [first] : [first, second]
      await writeStream(socket, head, declared, chunksOf(reader, started))
    }
  } finally {
    socket.off('close', cancel)
  }
}

/** True if the promise resolves before anything waits for input: a complete text is read so. @throws if it rejects before that. */
function isNow(promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setImmediate(resolve, false)
    promise.then(() => {
      clearImmediate(timer)
      resolve(true)
    }, reject)
  })
}

/** @param started reads that have been started, in order. */
async function* chunksOf(reader: Reader, started: ReturnType<Reader['read']>[]): AsyncGenerator<Uint8Array> {
  for (let i = 0; ; i++) {
    const read = await (started[i] ?? reader.read())
    if (read.done) return
    yield read.value
  }
}

function writeWhole(socket: Socket, head: string, declared: number | undefined, bytes: Uint8Array): void {
  if (declared !== undefined && declared !== bytes.length) throw new TypeError('Content-Length is wrong')
  writeParts(socket, `${head}content-length: ${bytes.length}\r\n\r\n`, bytes)
}

async function writeStream(
  socket: Socket,
  head: string,
  declared: number | undefined,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const framing = declared === undefined ? 'transfer-encoding: chunked' : `content-length: ${declared}`
  socket.write(`${head}${framing}\r\n\r\n`, 'latin1')
  let length = 0
  try {
    for await (const bytes of chunks) {
      length += bytes.length
      if (declared !== undefined && length > declared) throw new TypeError('Content-Length is wrong')
      if (bytes.length === 0) continue // an empty chunk would end the response
      const frame = `${bytes.length.toString(16)}\r\n`
      socket.write(declared === undefined ? joinedBytes(frame, bytes, '\r\n') : bytes)
      if (socket.writableNeedDrain) await drained(socket)
    }
    if (declared === undefined) socket.write('0\r\n\r\n')
    else if (length < declared) throw new TypeError('Content-Length is wrong')
  } catch {
    socket.destroy() // the client sees that the response is not complete
  }
}

/** Resolves when the client has read enough. @throws when it has gone. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('The connection was closed'))
    socket.once('close', onClose)
    socket.once('drain', () => {
      socket.off('close', onClose)
      resolve()
    })
  })
}

function ignore(): void {}
