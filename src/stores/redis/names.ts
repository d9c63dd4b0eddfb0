/**
 * Names of Redis keys and channels. Neither namespaces nor names contain spaces, so the number of words keeps the kinds apart,
 * and no namespace reaches into another.
 */
export interface RedisNames {
  /** The tag table and the hash before it. The braces put both on the same node of a cluster. */
  readonly table: readonly [now: string, before: string]
  /** Channel of the announcements. */
  readonly bus: string
  /** Beginning of the channels of wake-ups; the id of a process follows. */
  readonly wake: string
  entry(name: string): string
}

export function redisNames(namespace: string): RedisNames {
  return {
    table: [`{tags ${namespace}} now`, `{tags ${namespace}} before`],
    bus: `${namespace} bus`,
    wake: `${namespace} wake `,
    entry: (name) => `${namespace} ${name}`,
  }
}
