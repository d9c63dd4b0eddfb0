/** Header fields that belong to one connection, and must not be forwarded (RFC 9110 §7.6.1). */

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Fields that a `Connection` header cannot remove, because their absence would change the meaning of the message. */
const KEPT = new Set([
  'authorization',
  'cache-control',
  'content-length',
  'cookie',
  'host',
  'set-cookie',
  'vary',
])

/** Removes these fields from `headers`, and the fields that `Connection` lists. */
export function removeHopByHop(headers: Headers): void {
  for (const option of (headers.get('connection') ?? '').split(',')) {
    const name = option.trim().toLowerCase()
    if (TOKEN.test(name) && !KEPT.has(name)) headers.delete(name)
  }
  for (const name of HOP_BY_HOP) headers.delete(name)
}

const TOKEN = /^[!#$%&'*+\-.^_`|~\da-z]+$/
