/** Memory of one entry besides the tables of the store. */
import type { HeapModel } from '../../heap/heap-model.ts'
import { widthOf } from '../../heap/text-width.ts'
import type { Entry } from '../entry.ts'

/** Fields of the objects that the engine stores. */
const FIELDS = 8
/** Fields with a number that the compiler treats as one that is no 32-bit integer. */
const BOXED = 1
/** Fields of the object for the rare properties, which entries have with a remote tier. */
const RARE_FIELDS = 3

/** Fields of the engine's objects for a tag and for a list of tags. */
const TAG_FIELDS = 5
const LIST_FIELDS = 2
/** Places and members of a usual table of tags. */
const PLACES = 1024
const MEMBERS = 700

/** Returns the bytes of an entry with its key, its value and the tags that it has for itself. */
export function entryBytes(heap: HeapModel, key: string, entry: Entry): number {
  const { bytes, remoteId } = entry
  let sum = bytes + stringBytes(heap, key) + heap.instance(FIELDS) + BOXED * heap.boxedNumber + heap.margin
  if (entry.tags.length > 0) sum += tagBytes(heap, entry)
  if (remoteId !== undefined) {
    sum += heap.instance(RARE_FIELDS) + heap.boxedNumber + stringBytes(heap, remoteId)
  }
  return sum
}

/** Tags that other entries have too are counted with the first of them. */
function tagBytes(heap: HeapModel, { tags, heldTags }: Entry): number {
  const own = heldTags === undefined ? tags : heldTags.ownNames
  if (own === undefined) return 0
  const list = tags.length === 1 ? 0 : heap.instance(LIST_FIELDS) + heap.array(tags.length)
  const tag = Math.ceil(heap.instance(TAG_FIELDS) + heap.mapTable(PLACES) / MEMBERS)
  return own.reduce((sum, name) => sum + tag + stringBytes(heap, name), list)
}

function stringBytes(heap: HeapModel, text: string): number {
  return heap.string(text.length, widthOf(text))
}
