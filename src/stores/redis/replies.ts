/** Replies of the scripts as answers of the store. */
import type { RemoteAnswer } from '../store.ts'
import { bytesOf } from './value-text.ts'

/** @throws {TypeError} for a reply of an unknown form. */
export function answerOf(reply: unknown): RemoteAnswer {
  if (reply === 'busy' || reply === 'absent' || reply === 'refused') return { kind: reply }
  if (Array.isArray(reply)) {
    const [kind, first, second, at] = reply
    if (kind === 'lease') return { kind, token: String(first), takenOver: second === 'over' }
    if (kind === 'value') return { kind, bytes: bytesOf(first), id: String(second), ...expiryOf(at) }
  }
  throw new TypeError('Redis replied to a read with an unknown form')
}

function expiryOf(at: unknown): { expiredAt?: number } {
  return at === '-' ? {} : { expiredAt: Number(at) }
}
