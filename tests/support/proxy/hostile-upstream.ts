/** An upstream on a raw socket that breaks HTTP in many ways, one for each path. */
import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

const gzipped = gzipSync('hello '.repeat(1000))

const STORABLE = 'Cache-Control: max-age=60\r\n'

function head(fields: string, status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\nConnection: close\r\n${fields}\r\n`
}

/** What the upstream does with a request. */
const ANSWERS: Record<string, (socket: Socket, upstream: HostileUpstream) => void> = {
  '/ok': (socket) => socket.end(`${head(`${STORABLE}Content-Length: 2\r\n`)}ok`),
  '/hang': () => {},
  '/close': (socket) => socket.destroy(),
  '/garbage': (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n'),
  '/switch': (socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
  '/status': (socket) => socket.end(head('Content-Length: 0\r\n', '999 Odd')),
  '/huge-header': (socket) => socket.end(head(`X-Huge: ${'x'.repeat(100_000)}\r\n`)),
  '/early': (socket) =>
    socket.end(
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${head(`${STORABLE}Content-Length: 5\r\n`)}early`,
    ),
  '/gzip': (socket) =>
    socket.end(
      Buffer.concat([
        Buffer.from(head(`${STORABLE}Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n`)),
        gzipped,
      ]),
    ),
  '/trailers': (socket) =>
    socket.end(
      `${head(`${STORABLE}Transfer-Encoding: chunked\r\nTrailer: X-End\r\n`)}5\r\nhello\r\n0\r\nX-End: 1\r\n\r\n`,
    ),
  '/half': (socket) => {
    socket.write(`${head(`${STORABLE}Content-Length: 100\r\n`)}half`)
    setTimeout(() => socket.destroy(), 40)
  },
  '/stall': (socket) => void socket.write(`${head(`${STORABLE}Content-Length: 100\r\n`)}half`),
  '/events': (socket, upstream) => {
    socket.write(`${head('Content-Type: text/event-stream\r\n')}data: 1\n\n`)
    socket.once('close', () => upstream.closed.push('/events'))
  },
  '/cookies': (socket) =>
    socket.end(`${head(`${STORABLE}Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n`)}ok`),
  '/redirect': (socket, { url }) =>
    socket.end(head(`Location: ${url}/x\r\nContent-Length: 0\r\n`, '302 Found')),
}

export class HostileUpstream {
  url = ''
  /** Request lines, oldest first. */
  readonly requests: string[] = []
  /** Paths whose connection the proxy has closed. */
  readonly closed: string[] = []
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#answer(socket))

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    return this
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #answer(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', (data) => {
      const [line = ''] = String(data).split('\r\n')
      this.requests.push(line)
      const path = line.split(' ')[1]?.split('?')[0] ?? ''
      const answer = ANSWERS[path] ?? (() => socket.end(head('Content-Length: 0\r\n', '404 Not Found')))
      answer(socket, this)
    })
  }
}
