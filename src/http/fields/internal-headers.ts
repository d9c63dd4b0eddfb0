/** Response headers that only hitrate may read: stored with a response, never sent. */
import { TARGETED_FIELD } from './cache-control.ts'

/** Lists the headers that a handler appended to, where outer middleware had set a value. Only the appended part is stored. */
export const APPENDED_TO = 'hitrate-added-to'

/** Stored because a later 304 need not repeat them. */
export const INTERNAL_HEADERS: readonly string[] = [TARGETED_FIELD, 'cache-tag', APPENDED_TO]

/** The internal headers among these. */
export function internalHeaders(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].filter(([name]) => INTERNAL_HEADERS.includes(name)))
}

/** A copy without the internal headers. */
export function withoutInternalHeaders(headers: Headers): Headers {
  const visible = new Headers(headers)
  for (const name of INTERNAL_HEADERS) visible.delete(name)
  return visible
}
