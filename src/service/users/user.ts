/** The schema of a user, shared by the routes and the adapters. */
import * as z from 'zod'

/** 1 to 64 characters of `A-Z a-z 0-9 _ -`. These are safe in a path, a cache key, a tag and a comma-separated list. */
export const userId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -')

const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must be at most 200 characters')
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must not contain control characters')

const email = z.email('must be an e-mail address').max(254, 'must be at most 254 characters')

export const user = z.strictObject({ id: userId, name, email })

export type User = z.infer<typeof user>

/** The fields that an update may change: all except the id. */
export const userChange = user.omit({ id: true })

export type UserChange = z.infer<typeof userChange>

/** The three demo users, inserted into every new database. They are those of the service that this project replaces. */
export const demoUsers: readonly User[] = [
  { id: 'user_001', name: 'Alice Johnson', email: 'alice@example.com' },
  { id: 'user_002', name: 'Bob Smith', email: 'bob@example.com' },
  { id: 'user_003', name: 'Charlie Brown', email: 'charlie@example.com' },
]
