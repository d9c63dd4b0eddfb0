/** An HTTP server of the runtime for one app at a time, and a client that shows the bytes that the server sends. */
import { once } from 'node:events'
import { connect } from 'node:net'

/** @param env the server on Bun, which opens WebSockets; request and response of `node:http` on Node. */
type Fetch = (request: Request, env?: unknown) => Response | Promise<Response>

export interface RawServer {
  /** Sends a request and returns the head of the response, line by line, and its body. */
  send(fetch: Fetch, path: string, request?: RequestInit): Promise<RawResponse>
  close(): Promise<void>
}

export interface RawResponse {
  statusLine: string
  /** Names in lower case, in alphabetical order. */
  headers: string[]
  body: string
}

export async function openRawServer(): Promise<RawServer> {
  let current: Fetch = () => new Response()
  const { port, close } = await ('Bun' in globalThis ? onBun : onNode)((request, env) =>
    current(request, env),
  )
  return {
    send(fetch, path, request = {}) {
      current = fetch
      return exchange(port, path, request)
    },
    close,
  }
}

async function onBun(fetch: Fetch) {
  const error = () => new Response('the app threw', { status: 500 })
  const { websocket } = await import('hono/bun')
  const server = Bun.serve({ fetch, error, websocket, hostname: '127.0.0.1', port: 0 })
  return { port: Number(server.port), close: () => server.stop(true) }
}

async function onNode(fetch: Fetch) {
  const { serve } = await import('@hono/node-server')
  const server = serve({ fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? Number(address?.port) : 0
  return { port, close: () => new Promise<void>((resolve) => void server.close(() => resolve())) }
}

async function exchange(port: number, path: string, { method = 'GET', headers = {}, body }: RequestInit) {
  const sent = typeof body === 'string' ? body : ''
  const head = new Map(
    Object.entries({ host: 'localhost', connection: 'close', ...(headers as Record<string, string>) }),
  )
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...Array.from(head, ([name, value]) => `${name}: ${value}`),
    ...(sent === '' ? [] : [`content-length: ${Buffer.byteLength(sent)}`]),
  ]
  const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n${sent}`))
  let received = ''
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    // A server keeps the connection after a WebSocket handshake, and after streamSSE(), which sets `Connection: keep-alive`.
    const isHandshake = received.startsWith('HTTP/1.1 101') && received.includes('\r\n\r\n')
    if (isHandshake || received.endsWith('\r\n0\r\n\r\n')) socket.destroy()
  })
  socket.on('error', () => {}) // a body that fails ends the connection
  await new Promise<void>((resolve) => socket.on('close', () => resolve()))
  return parse(received)
}

function parse(received: string): RawResponse {
  const [head = '', ...rest] = received.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = lines
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    // Runtimes infer `text/plain;charset=utf-8`, and Hono sets `text/plain; charset=UTF-8`.
    .map((line) => line.replace(/; ?charset=utf-8$/i, '; charset=UTF-8'))
    .filter((line) => !line.startsWith('date:'))
    .toSorted()
  const body = rest.join('\r\n\r\n')
  return {
    statusLine,
    headers,
    body: headers.includes('transfer-encoding: chunked') ? joinChunks(body) : body,
  }
}

function joinChunks(body: string): string {
  const [, size = '', after = ''] = /^([0-9a-f]+)\r\n(.*)$/s.exec(body) ?? []
  const length = Number.parseInt(size, 16)
  return length > 0 ? after.slice(0, length) + joinChunks(after.slice(length + 2)) : ''
}
