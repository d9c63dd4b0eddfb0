/** Replies of the read script as answers of the store. */
import type { RemoteAnswer } from '../store.ts'
import { bytesOf } from './value-text.ts'

/**
 * @param reply words of the answer
 * @param value text of the value, if the answer has one
 * @throws {TypeError} for a reply of an unknown form.
 */
export function answerOf(reply: unknown, value: unknown): RemoteAnswer {
  const [kind, id = '', rest] = String(reply).split(' ')
  switch (kind) {
    case 'value':
      return { kind, bytes: bytesOf(value), id, ...(rest !== '-' && { expiredAt: Number(rest) }) }
    case 'lease':
      return { kind, token: id, takenOver: rest === 'over' }
    case 'busy':
    case 'absent':
    case 'refused':
      return { kind }
    default:
      throw new TypeError('Redis replied to a read with an unknown form')
  }
}

/** Returns the earlier of two times of expiry, which are texts; `-` is none. */
export function earliest(a: string, b: string): string {
  if (a === '-') return b
  return b === '-' || Number(a) < Number(b) ? a : b
}
