/** Which of a response's fields are kept, and which of those only this cache may see. */
import { INTERNAL_HEADERS } from '../fields/internal-headers.ts'

export type Fields = Readonly<Record<string, string>>

/** Beside {@link hopByHopHeaders}: fields of one connection (RFC 9110 §7.6.1), and those that are made anew for every answer. */
const NOT_KEPT = new Set([
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'age',
  'content-length',
  'set-cookie',
])

/**
 * What every answer made from the response has. Adds `Date` where it is missing.
 *
 * @param now epoch ms.
 */
export function storedHeaders(headers: Headers, now: number): Record<string, string> {
  const dropped = hopByHopHeaders(headers)
  const fields: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (!NOT_KEPT.has(name) && !INTERNAL_HEADERS.includes(name) && !dropped.has(name)) fields[name] = value
  }
  fields.date ??= new Date(now).toUTCString()
  return fields
}

/** `Connection` and what it lists: none of it may meet fields of another answer. */
export function hopByHopHeaders(headers: Headers): Set<string> {
  const members = headers.get('connection')?.split(',') ?? []
  return new Set(['connection', ...members.map((name) => name.trim().toLowerCase())])
}
