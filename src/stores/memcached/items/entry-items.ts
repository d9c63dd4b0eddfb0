/**
 * The item of a name in a version. It is either a lease, `L`, or a value: `V`, the CAS number of its lease, its id and the names
 * of its tags, separated by spaces; then a line feed and the bytes.
 */
import type { MetaReply } from '../client/meta-reply.ts'
import { replyOf } from './replies.ts'

export type EntryItem =
  /** `absent`: its CAS number is 0. `unknown`: the store wrote no such item. */
  { readonly kind: 'absent' | 'lease' | 'unknown'; readonly cas: number } | ValueItem

export interface ValueItem {
  readonly kind: 'value'
  readonly cas: number
  readonly leaseCas: number
  readonly id: string
  /** Names of tags, separated by spaces. */
  readonly tags: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface ValueParts {
  readonly leaseCas: number
  readonly id: string
  readonly tags: readonly string[]
  readonly bytes: Uint8Array
}

const [L, V, LINE_FEED] = [0x4c, 0x56, 0x0a]

const ABSENT: EntryItem = { kind: 'absent', cas: 0 }

export const LEASE_CONTENT: Uint8Array<ArrayBuffer> = Uint8Array.of(L)

export function valueContent({ leaseCas, id, tags, bytes }: ValueParts): Uint8Array<ArrayBuffer> {
  const words = tags.length === 0 ? `V${leaseCas} ${id}\n` : `V${leaseCas} ${id} ${tags.join(' ')}\n`
  const header = new TextEncoder().encode(words)
  const content = new Uint8Array(header.length + bytes.length)
  content.set(header)
  content.set(bytes, header.length)
  return content
}

/** @param reply to `mg` with the flags `c v` */
export function entryItem(reply: MetaReply | undefined): EntryItem {
  const item = replyOf(reply)
  if (item.code !== 'VA') return ABSENT
  const { cas, value } = item
  if (value[0] === V) return valueItem(value, cas) ?? { kind: 'unknown', cas }
  return { kind: value[0] === L && value.length === 1 ? 'lease' : 'unknown', cas }
}

function valueItem(content: Uint8Array<ArrayBuffer>, cas: number): ValueItem | undefined {
  const end = content.indexOf(LINE_FEED)
  if (end === -1) return undefined
  const header = Buffer.from(content.buffer, content.byteOffset, end).toString('latin1')
  const idAt = header.indexOf(' ') + 1
  const idEnd = header.indexOf(' ', idAt)
  return {
    kind: 'value',
    cas,
    leaseCas: Number(header.slice(1, idAt - 1)),
    id: idEnd === -1 ? header.slice(idAt) : header.slice(idAt, idEnd),
    tags: idEnd === -1 ? '' : header.slice(idEnd + 1),
    bytes: content.subarray(end + 1),
  }
}
