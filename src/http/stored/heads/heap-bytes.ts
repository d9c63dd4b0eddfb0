/** Sizes of the parts of stored responses on the heap. */
import { heapModelOf } from '../../../heap/heap-model.ts'
import { widthOf } from '../../../heap/text-width.ts'

const heap = heapModelOf()

/** V8 leaves a part of its pages unused between the entries of a cache: measured at 0.5 % for bodies of 16 kB. */
const UNUSED_SHARE = heap.engine === 'v8' ? 1 / 200 : 0
const UNUSED_BYTES = heap.engine === 'v8' ? 16 : 0

export function bytesOfText(text: string): number {
  return heap.string(text.length, widthOf(text))
}

/** The names and values of a record whose names no other record shares. */
export function bytesOfRecord(record: Readonly<Record<string, string | undefined>>): number {
  let bytes = 0
  let properties = 0
  for (const name in record) {
    bytes += bytesOfText(name) + bytesOfText(record[name] ?? '')
    properties++
  }
  return properties === 0 ? 0 : bytes + heap.record(properties)
}

/** A body of text, besides which memory stays unused. @param isAscii true if that is known without a search. */
export function bytesOfTextBody(text: string, isAscii: boolean): number {
  const bytes = heap.string(text.length, isAscii ? 1 : widthOf(text))
  return Math.ceil(bytes * (1 + UNUSED_SHARE)) + UNUSED_BYTES
}
