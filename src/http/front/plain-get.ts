/** Recognises the requests of `node:http` that the front may answer before the adapter has made a `Request` of them. */
import type { IncomingMessage } from 'node:http'
import type { HeaderValues } from './hit-headers.ts'
import { ROUTED_HEADERS } from './routed-headers.ts'

/** The parts of a request that are read. */
export type Incoming = Pick<IncomingMessage, 'method' | 'httpVersion' | 'url' | 'rawHeaders'> & {
  /** A socket of `node:tls` has a property `encrypted`. */
  socket: object
}

/**
 * Returns the URL that the `Request` of @hono/node-server would have, if the request is plain: a GET over HTTP/1.1 with one host
 * and a path, without a body, and without the headers that a front does not handle. Otherwise returns `undefined`.
 *
 * The adapter may normalise a URL. If the index of a front has the returned URL, then it is normalised already: the index holds
 * only URLs of requests, the host begins and ends where the adapter finds it, and to normalise twice changes nothing.
 */
export function urlOfPlainGet({
  method,
  httpVersion,
  url,
  rawHeaders,
  socket,
}: Incoming): string | undefined {
  if (method !== 'GET' || httpVersion !== '1.1' || url?.charCodeAt(0) !== SLASH) return undefined
  const host = hostOfPlain(rawHeaders)
  if (host === undefined || !PLAIN_HOST.test(host)) return undefined
  return `${'encrypted' in socket && socket.encrypted ? 'https' : 'http'}://${host}${url}`
}

/** True if the request has `Pragma`, which routes with `clientControl` obey. */
export function hasPragma({ rawHeaders }: Incoming): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 6 && name.toLowerCase() === 'pragma') return true
  }
  return false
}

/** The values of these headers, whose names are in lower case. */
export function valuesOfRaw(
  { rawHeaders }: Pick<Incoming, 'rawHeaders'>,
  names: readonly string[],
): HeaderValues {
  let values: (string | undefined)[] | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const index = names.findIndex((one) => one.length === name.length && one === name.toLowerCase())
    if (index === -1) continue
    values ??= names.map(() => undefined)
    const value = rawHeaders[i + 1]
    values[index] = values[index] === undefined ? value : `${values[index]}, ${value}`
  }
  return values ?? NONE
}

const NONE: HeaderValues = []

const SLASH = 47

/** No user, no path and no upper case: for other hosts, the adapter looks for the host in the text of the URL. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::\d{1,5})?$/

/** Returns the host; `undefined` if there is not exactly one, or if one of `NOT_PLAIN` is there. */
function hostOfPlain(rawHeaders: readonly string[]): string | undefined {
  let host: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const { length } = name
    if (length === 4) {
      if (name.toLowerCase() !== 'host') continue
      if (host !== undefined) return undefined
      host = rawHeaders[i + 1]
    } else if (length < NOT_PLAIN.length && isOneOf(NOT_PLAIN[length] ?? [], name)) return undefined
  }
  return host
}

/** Compares the first letters before the whole names, because most names of that length differ there. */
function isOneOf(names: readonly string[], name: string): boolean {
  const first = name.charCodeAt(0) | LOWER_CASE
  for (const one of names) if (one.charCodeAt(0) === first && one === name.toLowerCase()) return true
  return false
}

/** Bit that distinguishes lower case from upper case in ASCII. */
const LOWER_CASE = 32

/** The names by their lengths. A GET with a body, or with an expectation of `100 Continue`, goes to the adapter. */
const NOT_PLAIN: readonly (readonly string[])[] = byLength([
  ...ROUTED_HEADERS,
  ...['content-length', 'transfer-encoding', 'trailer', 'expect'],
])

function byLength(names: readonly string[]): string[][] {
  const lists: string[][] = Array.from(
    { length: Math.max(...names.map(({ length }) => length)) + 1 },
    () => [],
  )
  for (const name of names) lists[name.length]?.push(name)
  return lists
}
