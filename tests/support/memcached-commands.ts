/** Commands of tests of the Memcached client, and their replies as text. */
import type { MetaCommand } from '../../src/stores/memcached/client/meta-command.ts'
import type { MetaReply } from '../../src/stores/memcached/client/meta-reply.ts'

export function get(key: string): MetaCommand {
  return { verb: 'mg', key, flags: 'v c' }
}

export function set(key: string, value: string | Uint8Array): MetaCommand {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return { verb: 'ms', key, flags: 'T300 c', value: bytes }
}

/** The value as text, the message of an error, or the code. */
export function textOf(reply: MetaReply | undefined): string {
  if (reply?.code === 'VA') return new TextDecoder().decode(reply.value)
  return reply?.code === 'error' ? reply.message : String(reply?.code)
}
