/**
 * The headers of a stored response whose values differ from response to response. Most responses need no object for them: the
 * entity tag and the date are stored separately, and the length follows from the body.
 */
import { parseLength } from '../../fields/range.ts'
import { bytesOfRecord } from './heap-bytes.ts'
import { OWN_HEADERS } from './shared-heads.ts'
import type { StoredHeaders } from './stored-headers.ts'

/** Values by name, without `ETag` and `Date`. A number is the length, if there is no other value. */
export type OwnValues = StoredHeaders | number | undefined

/** @param bodyLength the length that `Content-Length` has if it is not among the values. */
export function ownValuesOf(
  headers: StoredHeaders,
  internal: StoredHeaders,
  bodyLength: number | undefined,
): OwnValues {
  const values = withOwnOf(internal, bodyLength, withOwnOf(headers, bodyLength, undefined))
  if (values === undefined) return undefined
  const isAlone = Object.keys(values).length === 1
  return (isAlone ? parseLength(values['content-length']) : undefined) ?? values
}

/** Adds the own values of a record to `values`. No object is made for a record without one. */
function withOwnOf(
  record: StoredHeaders,
  bodyLength: number | undefined,
  values: StoredHeaders | undefined,
): StoredHeaders | undefined {
  let all = values
  for (const name in record) {
    if (name === 'etag' || name === 'date' || !OWN_HEADERS.has(name)) continue
    const value = record[name] ?? ''
    if (value !== String(bodyLength)) all = { ...all, [name]: value }
  }
  return all
}

export function ownValue(own: OwnValues, name: string): string | undefined {
  return typeof own === 'object' ? own[name] : undefined
}

/** The value of `Content-Length`; `undefined` if the record has no such header. */
export function ownLength(
  own: OwnValues,
  headers: StoredHeaders,
  bodyLength: number | undefined,
): number | undefined {
  if (typeof own === 'number') return own
  const value = own?.['content-length']
  if (value !== undefined) return parseLength(value)
  return headers['content-length'] === undefined ? undefined : bodyLength
}

/** Sets the values of the headers that the record has. */
export function withOwnValues(headers: Record<string, string>, own: OwnValues): Record<string, string> {
  if (typeof own === 'number') headers['content-length'] = String(own)
  else for (const name in own) if (name in headers) headers[name] = own[name] ?? ''
  return headers
}

export function bytesOfOwnValues(own: OwnValues): number {
  return typeof own === 'object' ? bytesOfRecord(own) : 0
}
