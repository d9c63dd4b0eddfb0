/** A text in cells: the length of its UTF-8 bytes, the capacity in Int32s, and the bytes. One thread writes it. */
import type { Place } from './cells.ts'

const capacityAt = 1
const head = 2
const least = 8

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Capacity for a text of this many bytes, in Int32s. */
export function capacityFor(bytes: Uint8Array): number {
  return Math.max(
    least,
    2 ** Math.ceil(Math.log2(Math.ceil(bytes.length / Int32Array.BYTES_PER_ELEMENT) || 1)),
  )
}

/** Length of a block with this capacity, in Int32s. */
export function blockLength(capacity: number): number {
  return head + capacity
}

/** Makes zeroed cells a block. */
export function initBlock({ ints, at }: Place, capacity: number): void {
  ints[at + capacityAt] = capacity
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text)
}

/** True if the text fits into the block. */
export function fits({ ints, at }: Place, bytes: Uint8Array): boolean {
  return bytes.length <= (ints[at + capacityAt] ?? 0) * Int32Array.BYTES_PER_ELEMENT
}

/** Other threads must not read the block during this call. */
export function writeText({ ints, at }: Place, bytes: Uint8Array): void {
  ints[at] = bytes.length
  new Uint8Array(ints.buffer, (at + head) * Int32Array.BYTES_PER_ELEMENT, bytes.length).set(bytes)
}

/** Returns any text if the block is written during this call. */
export function readText({ ints, at }: Place): string {
  const capacity = (ints[at + capacityAt] ?? 0) * Int32Array.BYTES_PER_ELEMENT
  const length = Math.min(ints[at] ?? 0, capacity)
  // The bytes are copied, because decoders reject shared memory.
  return decoder.decode(
    new Uint8Array(ints.buffer, (at + head) * Int32Array.BYTES_PER_ELEMENT, length).slice(),
  )
}
