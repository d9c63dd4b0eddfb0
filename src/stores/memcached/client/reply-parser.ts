/** Divides the bytes that a connection receives into replies. */
import type { MetaReply } from './meta-reply.ts'

/** A line of another command than the meta commands: `MN`, `STORED`, `VERSION ...`, `STAT ...` or `END`. */
export interface LineReply {
  readonly code: 'line'
  readonly line: string
}

/** The received bytes are no reply of Memcached. */
export class InvalidReplyError extends Error {
  override name = 'InvalidReplyError'
}

/** Longest line. Memcached's own lines are shorter than 2 KiB. */
const MAX_LINE_BYTES = 8192

/** The server accepts no larger `item_size_max`. */
const MAX_VALUE_BYTES = 2 ** 30

const LF = 10
const CR = 13
const SPACE = 32
const ZERO = 48
const UPPER_O = 79
const LOWER_C = 99

/** In place of a number: the reply has none. */
export const NO_OPAQUE = -1

/** Takes a reply. @param opaque number that the command had with the flag `O` */
export type OnReply = (reply: MetaReply | LineReply, opaque: number) => void

export class ReplyParser {
  readonly #onReply: OnReply
  /** Beginning of a line whose end has not arrived. */
  #partialLine: Buffer | undefined
  /** Reply whose value has not arrived in full. */
  #partial: { code: 'VA'; flags: string; cas: number; value: Uint8Array<ArrayBuffer> } | undefined
  #opaque = NO_OPAQUE
  /** Bytes of that value, and of the line break after it, that have arrived. */
  #filled = 0

  constructor(onReply: OnReply) {
    this.#onReply = onReply
  }

  /** @throws {InvalidReplyError} The parser must not be used after that. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length)
      at = this.#partial === undefined ? this.#takeLine(chunk, at) : this.#takeValue(chunk, at)
  }

  /** Returns the position after the line, or the end of the chunk. */
  #takeLine(chunk: Buffer, start: number): number {
    const lineFeed = chunk.indexOf(LF, start)
    const next = lineFeed === -1 ? chunk.length : lineFeed + 1
    if (this.#partialLine === undefined && lineFeed !== -1) {
      this.#parseLine(chunk, start, lineFeed)
      return next
    }
    const part = chunk.subarray(start, next)
    const line =
      this.#partialLine === undefined ? Buffer.from(part) : Buffer.concat([this.#partialLine, part])
    if (line.length > MAX_LINE_BYTES) throw new InvalidReplyError('The reply has no line break')
    this.#partialLine = lineFeed === -1 ? line : undefined
    if (lineFeed !== -1) this.#parseLine(line, 0, line.length - 1)
    return next
  }

  /** @param lineFeed position of the line feed */
  #parseLine(bytes: Buffer, start: number, lineFeed: number): void {
    const end = lineFeed - 1
    if (end - start < 2 || bytes[end] !== CR) throw invalidLine(bytes, start, lineFeed)
    const isWord = end - start === 2 || bytes[start + 2] === SPACE
    const code = isWord ? twoLetterCode(bytes, start) : undefined
    if (code === undefined) this.#onReply(otherReply(bytes, start, end), NO_OPAQUE)
    else if (code === 'VA') this.#startValue(bytes, start, end)
    else {
      const flagsStart = Math.min(start + 3, end)
      const flags = flagsOf(bytes, flagsStart, end)
      this.#onReply({ code, flags, cas: casOf(bytes, flagsStart, end) }, opaqueOf(bytes, flagsStart, end))
    }
  }

  #startValue(bytes: Buffer, start: number, end: number): void {
    let size = 0
    let at = start + 3
    for (; at < end && bytes[at] !== SPACE; at++) {
      const digit = (bytes[at] ?? 0) - ZERO
      if (digit < 0 || digit > 9) throw invalidLine(bytes, start, end)
      size = size * 10 + digit
    }
    if (at === start + 3 || size > MAX_VALUE_BYTES) throw invalidLine(bytes, start, end)
    const flagsStart = Math.min(at + 1, end)
    this.#partial = {
      code: 'VA',
      flags: flagsOf(bytes, flagsStart, end),
      cas: casOf(bytes, flagsStart, end),
      value: new Uint8Array(size),
    }
    this.#opaque = opaqueOf(bytes, flagsStart, end)
    this.#filled = 0
  }

  /** Returns the position after the value and its line break, or the end of the chunk. */
  #takeValue(chunk: Buffer, start: number): number {
    const reply = this.#partial
    if (reply === undefined) return start
    const { value } = reply
    let at = start
    if (this.#filled < value.length) {
      const end = Math.min(chunk.length, at + value.length - this.#filled)
      value.set(chunk.subarray(at, end), this.#filled)
      this.#filled += end - at
      at = end
    }
    for (; at < chunk.length && this.#filled < value.length + 2; at++, this.#filled++) {
      if (chunk[at] !== (this.#filled === value.length ? CR : LF)) {
        throw new InvalidReplyError('The reply has no line break after its value')
      }
    }
    if (this.#filled === value.length + 2) {
      this.#partial = undefined
      this.#onReply(reply, this.#opaque)
    }
    return at
  }
}

function twoLetterCode(bytes: Buffer, at: number): 'HD' | 'VA' | 'EN' | 'NF' | 'NS' | 'EX' | undefined {
  switch (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) {
    case 0x4844:
      return 'HD'
    case 0x5641:
      return 'VA'
    case 0x454e:
      return 'EN'
    case 0x4e46:
      return 'NF'
    case 0x4e53:
      return 'NS'
    case 0x4558:
      return 'EX'
    default:
      return undefined
  }
}

const ERROR_LINE = /^(?:SERVER_ERROR|CLIENT_ERROR|ERROR)(?: |$)/
const OTHER_LINE = /^(?:MN|STORED|END|VERSION .*|STAT .*)$/

function otherReply(bytes: Buffer, start: number, end: number): MetaReply | LineReply {
  const line = latin1(bytes, start, end)
  if (ERROR_LINE.test(line)) return { code: 'error', message: line }
  if (OTHER_LINE.test(line)) return { code: 'line', line }
  throw invalidLine(bytes, start, end)
}

/** Returns the flags without `O`, which is the first flag of a command and therefore of its reply. */
function flagsOf(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== UPPER_O) return latin1(bytes, start, end)
  let at = start
  while (at < end && bytes[at] !== SPACE) at++
  return latin1(bytes, Math.min(at + 1, end), end)
}

function opaqueOf(bytes: Buffer, start: number, end: number): number {
  return start < end && bytes[start] === UPPER_O ? numberAt(bytes, start + 1, end) : NO_OPAQUE
}

/** Returns the number of the flag `c`, or 0. A space precedes each flag. */
function casOf(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] === LOWER_C && bytes[at - 1] === SPACE) return numberAt(bytes, at + 1, end)
  }
  return 0
}

/** Returns the number that ends at a space, or at the end. */
function numberAt(bytes: Buffer, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end && bytes[at] !== SPACE; at++) number = number * 10 + ((bytes[at] ?? 0) - ZERO)
  return number
}

function latin1(bytes: Buffer, start: number, end: number): string {
  return start === end ? '' : bytes.toString('latin1', start, end)
}

/** The message has the first word alone, because the bytes may be those of a value. */
function invalidLine(bytes: Buffer, start: number, end: number): InvalidReplyError {
  const [word] = latin1(bytes, start, Math.min(end, start + 16)).split(/\s/)
  return new InvalidReplyError(`The reply is none of Memcached, it begins with ${JSON.stringify(word)}`)
}
