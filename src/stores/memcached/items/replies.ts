/** Replies of a server. */
import type { MetaReply } from '../client/meta-reply.ts'

/** Returns the reply. @throws {Error} if the server refused the command. */
export function replyOf(reply: MetaReply | undefined): Exclude<MetaReply, { code: 'error' }> {
  if (reply === undefined) throw new Error('The server sent no reply')
  if (reply.code === 'error') throw new Error(reply.message)
  return reply
}

/** Returns the CAS number of a modification that succeeded, or 0. */
export function changedCas(reply: MetaReply | undefined): number {
  if (reply?.code !== 'HD') return 0
  if (reply.cas === 0)
    throw new Error('The server numbers no modifications: it must run without the option -C')
  return reply.cas
}

/** Returns true if the server refused a value because of its size. */
export function isTooLarge(reply: MetaReply | undefined): boolean {
  return reply?.code === 'error' && reply.message.includes('too large')
}
