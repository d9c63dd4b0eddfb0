/** Opens a connection: the socket, the authentication, and the settings of the server. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ServerAddress } from './addressing/server-address.ts'
import { Connection } from './connection.ts'
import { LineExchange } from './exchange.ts'
import { NoAnswerError } from './no-answer-error.ts'
import type { Timers } from './timing/timers.ts'

/** Options of `node:tls` for the connections of a client. */
export interface TlsOptions {
  /** Certificates of the authorities, as PEM. Default: those of the runtime. */
  readonly ca?: string | Uint8Array | undefined
  /** Certificate of the client, as PEM. */
  readonly cert?: string | Uint8Array | undefined
  /** Private key of the client, as PEM. */
  readonly key?: string | Uint8Array | undefined
  readonly passphrase?: string | undefined
  /** Name in the certificate of the server. Default: the host. */
  readonly servername?: string | undefined
  /** False accepts any certificate. Default: true. */
  readonly rejectUnauthorized?: boolean | undefined
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface ConnectOptions {
  readonly address: ServerAddress
  readonly tls?: TlsOptions | undefined
  readonly credentials?: Credentials | undefined
  /** Limit for the socket, the authentication and the settings together, in ms. */
  readonly connectTimeoutMs: number
  readonly timers: Timers
}

export interface OpenedConnection {
  readonly connection: Connection
  /** Largest size of an item, with its key and about 50 bytes of the server. */
  readonly maxItemBytes: number
}

/** Memcached's default. */
export const DEFAULT_ITEM_BYTES = 2 ** 20

/** Rejects if the server cannot be reached, refuses the credentials, has no meta commands, or does not answer in time. */
export async function openConnection(number: number, options: ConnectOptions): Promise<OpenedConnection> {
  const { tls, connectTimeoutMs, timers } = options
  const socket = openSocket(options)
  const cancel = timers.after(connectTimeoutMs, () =>
    socket.destroy(new NoAnswerError(`No connection within ${connectTimeoutMs} ms`)),
  )
  try {
    await connected(socket, tls === undefined ? 'connect' : 'secureConnect')
    const connection = new Connection(number, socket, timers.now)
    return { connection, maxItemBytes: await shakeHands(connection, options) }
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    cancel()
  }
}

function openSocket({ address, tls }: ConnectOptions): Socket {
  const target = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
  const socket =
    tls === undefined ? connectTcp(target) : connectTls({ ...target, ...serverNameOf(address), ...tls })
  return socket.setNoDelay(true)
}

/** TLS allows no IP address as the name of a server. */
function serverNameOf(address: ServerAddress): { servername?: string } {
  return address.kind === 'tcp' && isIP(address.host) === 0 ? { servername: address.host } : {}
}

function connected(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('The server closed the connection'))
    socket.once('error', reject)
    socket.once('close', onClose)
    socket.once(event, () => {
      socket.off('error', reject)
      socket.off('close', onClose)
      resolve()
    })
  })
}

/** Sends all commands at once. Returns the largest size of an item. */
async function shakeHands(connection: Connection, { credentials }: ConnectOptions): Promise<number> {
  const steps: Promise<unknown>[] = credentials === undefined ? [] : [authenticate(connection, credentials)]
  steps.push(requireMetaCommands(connection))
  const itemBytes = readItemBytes(connection)
  await Promise.all([...steps, itemBytes]) // rejects with the first failure
  return itemBytes
}

/** The server takes the value of the first `set` for the credentials (protocol.txt, "Authentication"). */
async function authenticate(connection: Connection, { username, password }: Credentials): Promise<void> {
  const text = `${username} ${password}`
  const [line] = await ask(connection, `set auth 0 0 ${text.length}\r\n${text}\r\n`, () => true)
  if (line !== 'STORED') throw new Error('The server refused the username and the password')
}

async function requireMetaCommands(connection: Connection): Promise<void> {
  const [line] = await ask(connection, 'mn\r\n', () => true)
  if (line !== 'MN')
    throw new Error(`The server has no meta commands, its answer to mn is ${JSON.stringify(line)}`)
}

async function readItemBytes(connection: Connection): Promise<number> {
  const lines = await ask(connection, 'stats settings\r\n', (line) => line === 'END')
  for (const line of lines) {
    const [, bytes] = /^STAT item_size_max (\d+)$/.exec(line) ?? []
    if (bytes !== undefined) return Number(bytes)
  }
  return DEFAULT_ITEM_BYTES
}

function ask(connection: Connection, text: string, isLast: (line: string) => boolean): Promise<string[]> {
  const exchange = new LineExchange(text, isLast)
  connection.send(exchange)
  return exchange.lines
}
