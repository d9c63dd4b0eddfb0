/** The representation of a user that clients get: its body, and the validators that they send back. */
import { etagOf, etagOfText } from '../../http/fields/conditional.ts'
import type { StoredUser } from '../users/repository.ts'
import type { User } from '../users/user.ts'

/** The members of the JSON object, in order, whatever else the repository returns. */
export function bodyOf({ id, name, email }: StoredUser): User {
  return { id, name, email }
}

export interface Validators {
  /** The strong entity tag of the body, the same as `cached()` generates. */
  etag: string
  /** Time of the last change in whole seconds, as in `Last-Modified`, epoch ms. */
  modifiedAt?: number
}

export async function validatorsOf(user: StoredUser): Promise<Validators> {
  const text = JSON.stringify(bodyOf(user))
  const etag = etagOfText(text, text.length) ?? (await etagOf(new TextEncoder().encode(text)))
  if (user.modifiedAt === undefined) return { etag }
  return { etag, modifiedAt: Math.floor(user.modifiedAt / 1000) * 1000 }
}

/**
 * The fields of the validators.
 *
 * @param now epoch ms. A change cannot be later than the response (RFC 9110 §8.8.2.1), although another machine's clock may be fast.
 */
export function validatorFields({ etag, modifiedAt }: Validators, now: number): Record<string, string> {
  if (modifiedAt === undefined) return { etag }
  return { etag, 'last-modified': new Date(Math.min(modifiedAt, now)).toUTCString() }
}

/**
 * The fields of a response to a read. `Last-Modified` is left out until its second is over: another write in the same second would
 * have the same date, so a client that sent it in `If-Modified-Since` would get a 304 for an old user (RFC 9110 §8.8.2.2).
 *
 * @param readAt time at which the read began, epoch ms.
 */
export function readFields({ etag, modifiedAt }: Validators, readAt: number): Record<string, string> {
  if (modifiedAt === undefined || readAt < modifiedAt + 1000) return { etag }
  return validatorFields({ etag, modifiedAt }, readAt)
}

/**
 * The fields of a response to a write whose body is the user. `Content-Location` says so (RFC 9110 §8.7). Without it, the validators
 * would belong to the body that the client has sent, which has no id and may have other spaces (§9.3.4).
 */
export async function writtenFields(user: StoredUser, now: number): Promise<Record<string, string>> {
  return { ...validatorFields(await validatorsOf(user), now), 'content-location': `/api/user/${user.id}` }
}
