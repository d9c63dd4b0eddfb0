/** The connection to Redis on Bun, by Bun's own client. */
import {
  CONNECT_TIMEOUT_MS,
  CONNECTION_NAME,
  type OpenRedis,
  RECONNECT_MS,
  type RedisConnection,
  SILENCE_MS,
} from '../startup/redis-connection.ts'
import type { RedisAddress } from '../startup/redis-url.ts'

/** Interval in ms of the pings that keep an idle connection from counting as dead. */
const PING_MS = 1000

export const openBunRedis: OpenRedis = async (address, onFailure) => new BunConnection(address, onFailure)

/**
 * A client that reconnects until it is closed. Bun's own reconnection ends after a number of attempts, and does not begin after
 * an idle timeout or a wrong password. The connection is polled, because the store may set the `onclose` of the client.
 */
class BunConnection implements RedisConnection {
  readonly client: Bun.RedisClient
  readonly #url: string
  readonly #onFailure: (error: unknown) => void
  readonly #timers: readonly ReturnType<typeof setInterval>[]
  #isConnecting = false
  #isClosed = false
  #hasFailed = false

  constructor(address: RedisAddress, onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
    this.#url = urlOf(address)
    this.client = new Bun.RedisClient(this.#url, {
      autoReconnect: false,
      enableOfflineQueue: false,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      idleTimeout: SILENCE_MS,
    })
    const { server, database } = address
    // Bun ignores the database of a Unix socket. No command precedes this one, because none is sent before `onconnect`.
    if (server.kind === 'unix' && database > 0) this.client.onconnect = () => void this.#select(database)
    this.#timers = [
      setInterval(() => void this.#connect(), RECONNECT_MS),
      setInterval(() => void this.#ping(), PING_MS),
    ]
    for (const timer of this.#timers) timer.unref()
    void this.#connect()
  }

  readonly close = (): void => {
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    this.client.close()
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting || this.client.connected) return
    this.#isConnecting = true
    try {
      await this.client.connect()
      this.#hasFailed = false
      await this.client.send('CLIENT', ['SETNAME', CONNECTION_NAME])
    } catch (error) {
      if (!this.client.connected) await this.#report(error)
    } finally {
      this.#isConnecting = false
      if (this.#isClosed) this.client.close()
    }
  }

  async #report(error: unknown): Promise<void> {
    const reason = this.#hasFailed ? error : await reasonOf(this.#url)
    this.#hasFailed = true
    if (!this.#isClosed) this.#onFailure(reason ?? error)
  }

  async #select(database: number): Promise<void> {
    try {
      await this.client.send('SELECT', [String(database)])
    } catch (error) {
      this.client.close() // otherwise the commands would use database 0
      this.#onFailure(error)
    }
  }

  async #ping(): Promise<void> {
    try {
      await this.client.ping()
    } catch {
      // `#connect` replaces a lost connection.
    }
  }
}

/** Bun's `connect()` rejects without the reason, for example a wrong password. A command that waits for it has the reason. */
async function reasonOf(url: string): Promise<unknown> {
  const client = new Bun.RedisClient(url, { autoReconnect: false, connectionTimeout: CONNECT_TIMEOUT_MS })
  try {
    await client.ping()
    return undefined
  } catch (error) {
    return error
  } finally {
    client.close()
  }
}

function urlOf({ server, username = '', password, database }: RedisAddress): string {
  const credentials =
    password === undefined ? '' : `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`
  if (server.kind === 'unix') {
    // Bun refuses credentials without a host, and ignores the host.
    return `redis+unix://${credentials}localhost${encodeURI(server.path)}`
  }
  const host = server.host.includes(':') ? `[${server.host}]` : server.host
  return `${server.tls ? 'rediss' : 'redis'}://${credentials}${host}:${server.port}/${database}`
}
