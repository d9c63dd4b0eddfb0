/** Response headers that only hitrate reads: stored with a response, never sent. */
import { TARGETED_FIELD } from './cache-control.ts'

/** Lists the headers that a handler appended to after outer middleware had set them. Only the appended part is stored. */
export const APPENDED_TO = 'hitrate-added-to'

/** Names of all internal headers. These headers are stored, because the handler may omit them from a later 304. */
export const INTERNAL_HEADERS: readonly string[] = [TARGETED_FIELD, 'cache-tag', APPENDED_TO]

/** The internal headers of a response. */
export function internalHeaders(headers: Headers): Readonly<Record<string, string>> {
  const internal: Record<string, string> = {}
  for (const name of INTERNAL_HEADERS) {
    const value = headers.get(name)
    if (value !== null) internal[name] = value
  }
  return internal
}

/** A copy of the headers without the internal ones. */
export function withoutInternalHeaders(headers: Headers): Headers {
  const visible = new Headers(headers)
  removeInternalHeaders(visible)
  return visible
}

export function removeInternalHeaders(headers: Headers): void {
  for (const name of INTERNAL_HEADERS) headers.delete(name)
}
