/** Addresses of servers, as an application writes them. */

export type ServerAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** The message names the part of the text that is wrong, and completes a sentence that begins with the name of the option. */
export class ServerAddressError extends Error {
  override name = 'ServerAddressError'
}

const DEFAULT_PORT = 11_211

/**
 * Parses addresses that are separated by commas.
 *
 * @throws {ServerAddressError} as {@link parseServerList}.
 */
export function parseServers(text: string): ServerAddress[] {
  return parseServerList(text.split(',').map((part) => part.trim()))
}

/** @throws {ServerAddressError} if there is no address, one is wrong, or two are the same. */
export function parseServerList(texts: readonly string[]): ServerAddress[] {
  if (texts.length === 0) throw new ServerAddressError('must have at least one server')
  const names = new Set<string>()
  return texts.map((text) => {
    const address = parseServer(text)
    const name = serverName(address)
    if (names.has(name)) throw new ServerAddressError(`must have each server once, got ${name} again`)
    names.add(name)
    return address
  })
}

/** The address as `host:port` or as a path: the same text for each way to write it. */
export function serverName(address: ServerAddress): string {
  if (address.kind === 'unix') return address.path
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}

const FORM = /^(?:\[(?<ipv6>[\da-f:.]+)\]|(?<host>[\w.-]+))(?::(?<port>\d+))?$/i

function parseServer(text: string): ServerAddress {
  if (text.startsWith('/') && text.length > 1) return { kind: 'unix', path: text }
  const { ipv6, host = ipv6, port = `${DEFAULT_PORT}` } = FORM.exec(text)?.groups ?? {}
  if (host === undefined) {
    throw new ServerAddressError(
      `must have servers such as cache.example:11211, [::1]:11211 or /run/memcached.sock, got ${JSON.stringify(text)}`,
    )
  }
  if (Number(port) < 1 || Number(port) > 65_535) {
    throw new ServerAddressError(`must have ports from 1 to 65535, got ${JSON.stringify(text)}`)
  }
  return { kind: 'tcp', host: host.toLowerCase(), port: Number(port) }
}
