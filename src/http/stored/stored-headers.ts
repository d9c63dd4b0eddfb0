/** Which of a response's fields are kept, and which of those only this cache may see. */
import { OUR_FIELD } from '../policy/storage-policy.ts'

export type Fields = Readonly<Record<string, string>>

/** Beside {@link connectionFields}: fields of one connection (RFC 9110 §7.6.1), and those that are made anew for every answer. */
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

/** Names fields that a handler has added to, where middleware around it had given them a value: kept is what was added. */
export const ADDED_TO = 'hitrate-added-to'

/** Said to this cache alone: kept, since a later 304 need not repeat it, but never sent. */
const OURS = [OUR_FIELD, 'cache-tag', ADDED_TO]

/**
 * What every answer made from the response has. Adds `Date` where it is missing.
 *
 * @param now epoch ms.
 */
export function keptFields(headers: Headers, now: number): Record<string, string> {
  const dropped = connectionFields(headers)
  const fields: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (!NOT_KEPT.has(name) && !OURS.includes(name) && !dropped.has(name)) fields[name] = value
  }
  fields.date ??= new Date(now).toUTCString()
  return fields
}

/** What is kept of it for this cache alone. */
export function oursOf(headers: Headers): Fields {
  return Object.fromEntries([...headers].filter(([name]) => OURS.includes(name)))
}

/** What others may see of it. */
export function withoutOurs(headers: Headers): Headers {
  const theirs = new Headers(headers)
  for (const name of OURS) theirs.delete(name)
  return theirs
}

/** `Connection` and what it lists: none of it may meet fields of another answer. */
export function connectionFields(headers: Headers): Set<string> {
  const members = headers.get('connection')?.split(',') ?? []
  return new Set(['connection', ...members.map((name) => name.trim().toLowerCase())])
}
