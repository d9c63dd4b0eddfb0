/** Opens a connection: the socket, and the first commands. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ServerAddress, serverName } from './addressing/server-address.ts'
import { Connection } from './connection.ts'
import { type Credentials, shakeHands } from './handshake.ts'
import { NoAnswerError } from './no-answer-error.ts'
import type { Timers } from './timing/timers.ts'
import type { TlsOptions } from './tls-options.ts'

export interface ConnectOptions {
  readonly address: ServerAddress
  readonly tls?: TlsOptions | undefined
  readonly credentials?: Credentials | undefined
  /** Limit for the socket and the first commands together, in ms. */
  readonly connectTimeoutMs: number
  readonly timers: Timers
}

export interface OpenedConnection {
  readonly connection: Connection
  /** Size of the largest item, its key and about 50 bytes of the server included. */
  readonly maxItemBytes: number
}

/**
 * @param number number of the connection
 * @param signal closes the connection if it aborts before the promise settles
 */
export async function openConnection(
  number: number,
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<OpenedConnection> {
  const { address, timers, connectTimeoutMs } = options
  signal.throwIfAborted()
  const name = serverName(address)
  const connection = new Connection({ name, number, socket: openSocket(options), timers })
  const abort = () => connection.close(signal.reason)
  const cancel = timers.after(connectTimeoutMs, () =>
    connection.close(new NoAnswerError(`${name} accepted no connection within ${connectTimeoutMs} ms`)),
  )
  signal.addEventListener('abort', abort)
  try {
    // The socket holds the commands back until it is connected.
    return { connection, maxItemBytes: await shakeHands(connection, options.credentials) }
  } catch (error) {
    connection.close(error as Error) // shakeHands rejects only with errors
    throw error
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}

function openSocket({ address, tls }: ConnectOptions): Socket {
  const target = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
  const socket =
    tls === undefined ? connectTcp(target) : connectTls({ ...target, ...serverNameOf(address), ...tls })
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
}

/** A gateway drops connections that are idle for some minutes. */
const KEEP_ALIVE_MS = 60_000

/** TLS allows no IP address as the name of a server. */
function serverNameOf(address: ServerAddress): { servername?: string } {
  return address.kind === 'tcp' && isIP(address.host) === 0 ? { servername: address.host } : {}
}
