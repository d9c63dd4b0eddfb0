/** First commands of a connection. */
import type { Connection } from './connection.ts'
import { LineExchange } from './exchange.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Memcached's default. */
export const DEFAULT_ITEM_BYTES = 2 ** 20

/**
 * Authenticates, and reads the version and the settings of the server, in one round trip. Resolves to the size of the largest
 * item; to Memcached's default if the server does not give its settings.
 *
 * Rejects if the server refuses the credentials, has no meta commands or no CAS numbers, or if the connection closes.
 */
export async function shakeHands(connection: Connection, credentials?: Credentials): Promise<number> {
  // The first command is the authentication, and the first failure is the reason of all others.
  const authentication = credentials === undefined ? undefined : authenticate(connection, credentials)
  const version = requireVersion(connection)
  const metaCommands = requireMetaCommands(connection)
  const itemBytes = readSettings(connection)
  await Promise.all([authentication, version, metaCommands, itemBytes])
  return itemBytes
}

/** The server takes the value of the first `set` for the credentials (protocol.txt, "Authentication"). */
async function authenticate(connection: Connection, { username, password }: Credentials): Promise<void> {
  const text = `${username} ${password}`
  const line = await askForLine(connection, `set auth 0 0 ${text.length}\r\n${text}`)
  if (line !== 'STORED') throw new Error(`${connection.name} refused the username and the password`)
}

/** Meta commands had another syntax before version 1.6.10 (release notes of 1.6.10). */
async function requireVersion(connection: Connection): Promise<void> {
  const line = await askForLine(connection, 'version')
  if (!line.startsWith('VERSION ')) throw unexpected(connection, 'version', line)
  const [major, minor, patch] = /^VERSION (\d+)\.(\d+)\.(\d+)/.exec(line)?.slice(1).map(Number) ?? []
  if (major === undefined || minor === undefined || patch === undefined) return // a proxy
  if (major * 1e6 + minor * 1e3 + patch < 1_006_010) {
    throw new Error(
      `${connection.name} must have Memcached 1.6.10 or later, it has ${major}.${minor}.${patch}`,
    )
  }
}

async function requireMetaCommands(connection: Connection): Promise<void> {
  const line = await askForLine(connection, 'mn')
  if (line !== 'MN') throw unexpected(connection, 'mn', line)
}

/** Returns the size of the largest item. Without CAS numbers the server would accept leases that never end in a value. */
async function readSettings(connection: Connection): Promise<number> {
  const exchange = new LineExchange('stats settings\r\n', (line) => line === 'END')
  connection.send(exchange)
  let itemBytes = DEFAULT_ITEM_BYTES
  for (const line of await exchange.lines) {
    const [, bytes] = /^STAT item_size_max (\d+)$/.exec(line) ?? []
    if (bytes !== undefined) itemBytes = Number(bytes)
    if (line === 'STAT cas_enabled no')
      throw new Error(
        `${connection.name} must run without the option -C, because it numbers no modifications`,
      )
  }
  return itemBytes
}

async function askForLine(connection: Connection, command: string): Promise<string> {
  const exchange = new LineExchange(`${command}\r\n`, () => true)
  connection.send(exchange)
  const [line = ''] = await exchange.lines
  return line
}

function unexpected({ name }: Connection, command: string, line: string): Error {
  return new Error(`${name} answered ${command} with ${JSON.stringify(line)}`)
}
