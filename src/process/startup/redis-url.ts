/** Parses `REDIS_URL`. The URL and its password never become part of an error message. */

/** Address and credentials of a Redis server. */
export interface RedisAddress {
  server: { kind: 'tcp'; host: string; port: number; tls: boolean } | { kind: 'unix'; path: string }
  /** Absent for the default user. */
  username: string | undefined
  password: string | undefined
  database: number
}

/** The message completes a sentence that begins with the name of the variable. */
export class RedisUrlError extends Error {
  override name = 'RedisUrlError'
}

/**
 * Parses `redis://[[user]:password@]host[:port][/database]`, the same with `rediss` for TLS, and
 * `unix://[[user]:password@]/path[?db=database]`, for which `redis+unix` is another name. User, password and path are
 * percent-encoded.
 *
 * @throws {RedisUrlError}
 */
export function parseRedisUrl(url: string): RedisAddress {
  if (/^rediss?:\/\//i.test(url)) return parseTcpUrl(url)
  if (/^(?:redis\+)?unix:\/\//i.test(url)) return parseUnixUrl(url)
  throw new RedisUrlError('must begin with redis://, rediss:// or unix://')
}

/** The address without user and password, for log lines. */
export function describeRedisAddress({ server, database }: RedisAddress): string {
  if (server.kind === 'unix') return `unix://${server.path}?db=${database}`
  const host = server.host.includes(':') ? `[${server.host}]` : server.host
  return `${server.tls ? 'rediss' : 'redis'}://${host}:${server.port}/${database}`
}

const DEFAULT_PORT = 6379

const FORM =
  'must be redis://[[user]:password@]host[:port][/database], with user and password percent-encoded'

function parseTcpUrl(text: string): RedisAddress {
  // Not `new URL()`: its error message contains the URL on Bun.
  const url = URL.parse(text)
  if (url === null) throw new RedisUrlError(FORM)
  const { protocol, hostname, port, username, password, pathname, search, hash } = url
  if (!/^[\w.-]+$|^\[[\da-f:.]+\]$/i.test(hostname)) throw new RedisUrlError(FORM)
  if (search !== '' || hash !== '') throw new RedisUrlError(`${FORM}, and without ? and #`)
  return {
    server: {
      kind: 'tcp',
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? DEFAULT_PORT : Number(port),
      tls: protocol === 'rediss:',
    },
    ...credentialsOf(username, password),
    database: databaseOf(pathname.slice(1)),
  }
}

const UNIX_FORM =
  'must be unix://[[user]:password@]/path[?db=database], with user and password percent-encoded'

/** Not `URL.parse()`: it refuses a user without a host. */
function parseUnixUrl(text: string): RedisAddress {
  const [, username = '', password = '', path = '', database = ''] =
    /^[a-z+]+:\/\/(?:([^:@/?#]*)(?::([^:@/?#]*))?@)?(\/[^?#]+)(?:\?db=([^&#]*))?$/i.exec(text) ?? []
  if (path === '') throw new RedisUrlError(UNIX_FORM)
  return {
    server: { kind: 'unix', path: decoded(path) },
    ...credentialsOf(username, password),
    database: databaseOf(database),
  }
}

/** @param username percent-encoded, as is `password`; empty if absent. */
function credentialsOf(username: string, password: string): Pick<RedisAddress, 'username' | 'password'> {
  if (username !== '' && password === '') throw new RedisUrlError('must have a password if it has a user')
  return { username: decoded(username) || undefined, password: decoded(password) || undefined }
}

function databaseOf(text: string): number {
  if (!/^\d{0,5}$/.test(text)) throw new RedisUrlError('must have a whole number as the database, such as 0')
  return Number(text) // 0 for an empty text
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RedisUrlError('must have valid percent-encoding, in which % itself is %25')
  }
}
