/**
 * Marks: the items by which values are invalidated and made stale. There is one for each name, and on each server one for each
 * tag and one for the namespace.
 *
 * The server numbers all modifications of its items with one increasing counter, the CAS number. So the number of a mark tells
 * whether it was invalidated before or after a lease was granted. A mark without content was invalidated, or made, at its own
 * number. After an expiry its content is the number of that invalidation and the expiries since then.
 *
 * A missing mark may have been invalidated at any time. So everything that depends on it is dead.
 */
import type { MetaReply } from '../client/meta-reply.ts'
import { replyOf } from './replies.ts'

/** Result of {@link staleFrom}: the value is not stale. */
export const FRESH = Infinity

/** Result of {@link staleFrom}: the value or lease does not hold any more. It is less than any time, so `Math.min` keeps it. */
export const DEAD = -Infinity

interface Expiry {
  /** CAS number of the expiry. It concerns values whose lease has a lower one. */
  readonly cas: number
  /** Time from which they are stale, epoch ms. */
  readonly at: number
}

interface Content {
  readonly invalidatedCas: number
  /** Ascending by `cas` and by `at`. */
  readonly expiries: readonly Expiry[]
}

/** Largest number of expiries in a mark. */
const MAX_EXPIRIES = 8

/**
 * Returns the time from which a mark makes a value stale (epoch ms), {@link FRESH} or {@link DEAD}.
 *
 * @param mark reply to `mg` with the flags `c v`
 * @param leaseCas CAS number at which the lease of the value was granted
 */
export function staleFrom(mark: MetaReply | undefined, leaseCas: number): number {
  const reply = replyOf(mark)
  if (reply.code !== 'VA') return DEAD
  if (reply.value.length === 0) return reply.cas <= leaseCas ? FRESH : DEAD
  const { invalidatedCas, expiries } = contentOf(reply)
  if (!(invalidatedCas <= leaseCas)) return DEAD // also if one of them is NaN
  // The first expiry after the lease has the earliest time of all those after it.
  for (const { cas, at } of expiries) if (cas > leaseCas) return at
  return FRESH
}

/**
 * Returns the content of a mark after an expiry, to be written at the next CAS number.
 *
 * @param at time from which the values are stale, epoch ms
 */
export function expiredContent(mark: MetaReply & { code: 'VA' }, at: number): Uint8Array<ArrayBuffer> {
  const { invalidatedCas, expiries } = contentOf(mark)
  // An earlier expiry with a later time has no effect, because the new one concerns its values too.
  const kept = expiries.filter((expiry) => expiry.at < at)
  const [first, second] = kept
  if (first !== undefined && second !== undefined && kept.length >= MAX_EXPIRIES) {
    // Values between the two become stale a little earlier.
    kept.splice(0, 2, { cas: second.cas, at: first.at })
  }
  const pairs = kept.map((expiry) => `${expiry.cas}:${expiry.at} `)
  return new TextEncoder().encode(`${invalidatedCas} ${pairs.join('')}${Math.round(at)}`)
}

function contentOf({ value, cas }: MetaReply & { code: 'VA' }): Content {
  if (value.length === 0) return { invalidatedCas: cas, expiries: [] }
  const words = new TextDecoder().decode(value).split(' ')
  const expiries = words.slice(1).map((word, i) => {
    const parts = word.split(':')
    // The number of the last expiry is that of the mark: it was not known when the content was written.
    return i === words.length - 2
      ? { cas, at: Number(word) }
      : { cas: Number(parts[0]), at: Number(parts[1]) }
  })
  return { invalidatedCas: Number(words[0]), expiries }
}
