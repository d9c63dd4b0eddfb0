/** The text form of messages between processes: `["<publisher>",<number>,"<message>",...]`. */
import type { BusMessage } from './invalidation.ts'

/** A message of one publisher, with the number of messages that it has sent so far. */
export interface Announcement {
  publisher: string
  number: number
  /** Empty in a heartbeat, which repeats the last number. */
  messages: readonly BusMessage[]
  /** True in the last message of a publisher. */
  isLast: boolean
}

const LAST = 'end'

export function encodeAnnouncement({ publisher, number, messages, isLast }: Announcement): string {
  return JSON.stringify([publisher, number, ...messages.map(textOf), ...(isLast ? [LAST] : [])])
}

/** Returns `undefined` for a text that is no announcement. */
export function decodeAnnouncement(text: string): Announcement | undefined {
  const [publisher, number, ...texts] = parsedArray(text)
  if (typeof publisher !== 'string' || typeof number !== 'number') return undefined
  const isLast = texts.at(-1) === LAST
  if (isLast) texts.pop()
  return { publisher, number, messages: texts.map(messageOf), isLast }
}

function parsedArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    return [] // foreign text is no announcement
  }
}

function textOf(message: BusMessage): string {
  if (message === 'everything' || message === 'lost') return '*'
  if (message === 'everything confirmed') return '' // confirmations concern one process only
  if (message === 'everything expired') return 'E'
  if ('key' in message) return `k${message.key}`
  if ('tag' in message) return `t${message.tag}`
  if ('expiredKey' in message) return `K${message.expiredKey}`
  if ('expiredTag' in message) return `T${message.expiredTag}`
  return '' // confirmations concern one process only
}

/** A message of an unknown kind, as a later version may send, invalidates everything. */
function messageOf(text: unknown): BusMessage {
  const kind = typeof text === 'string' ? text[0] : undefined
  const name = String(text).slice(1)
  if (text === 'E') return 'everything expired'
  if (kind === 'k') return { key: name }
  if (kind === 't') return { tag: name }
  if (kind === 'K') return { expiredKey: name }
  if (kind === 'T') return { expiredTag: name }
  return 'everything'
}
