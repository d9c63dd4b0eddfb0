/** Sizes of the parts of stored responses on the heap. */
import { heapModelOf } from '../../../heap/heap-model.ts'
import { widthOf } from '../../../heap/text-width.ts'

const heap = heapModelOf()

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
