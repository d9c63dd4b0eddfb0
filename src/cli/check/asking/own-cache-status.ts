/** Reads hitrate's own member of `Cache-Status`. */

export interface OwnStatus {
  hit: boolean
  fwd: string | undefined
  fwdStatus: number | undefined
  /** Seconds of freshness left. */
  ttl: number | undefined
  stored: boolean
  /** True if the request shared the upstream's response to another one. */
  collapsed: boolean
  detail: string | undefined
  /** The member of the header, as it was sent. */
  text: string
}

/** The last member is that of the cache nearest to the client, which is hitrate (RFC 9211 §2). */
export function ownStatus(headers: Headers): OwnStatus {
  const text = cacheStatusMembers(headers.get('cache-status')).at(-1) ?? ''
  const parameters = new Map(
    text.split(';').map((part): [string, string] => {
      const [name = '', value = ''] = part.trim().split('=')
      return [name, value]
    }),
  )
  const numberOf = (name: string) => (parameters.has(name) ? Number(parameters.get(name)) : undefined)
  return {
    hit: parameters.has('hit'),
    fwd: parameters.get('fwd'),
    fwdStatus: numberOf('fwd-status'),
    ttl: numberOf('ttl'),
    stored: parameters.has('stored'),
    collapsed: parameters.has('collapsed'),
    detail: parameters.get('detail'),
    text,
  }
}

/** The members of `Cache-Status`, in which a quoted text may contain commas. */
export function cacheStatusMembers(header: string | null): string[] {
  const members = header?.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? []
  return members.map((member) => member.trim()).filter(Boolean)
}
