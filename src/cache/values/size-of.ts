/** Estimates the memory that a value takes. The bound of the memory tier is counted in these bytes. */
import { type HeapModel, heapModelOf } from '../../heap/heap-model.ts'
import { MAX_COPIED_VIEW_BYTES } from '../../heap/owned.ts'
import { widthOf } from '../../heap/text-width.ts'
import { HeapWalk, sizeOfRecord } from './heap-walk.ts'
import { BUDGET, CompleteVisits, type MemberVisits, SampledVisits } from './member-visits.ts'
import { UnknownSize } from './unknown-size.ts'

/** Members of a deeply nested value that are visited at most. */
const MAX_MEMBERS = 2 ** 17

/**
 * Returns the bytes that the value takes besides the reference to it, with everything it refers to; each object counts once.
 * The variables that a nested function closes over are not counted. A view of a pool counts without the other bytes of the pool.
 *
 * Of a value with more than 2,048 members, an even sample is visited, and the sum is raised a little. So the walk takes less than
 * 1 ms. Two kinds of value take longer: the names of a very large object must be listed, and a long list of objects within one
 * another is walked to its end.
 *
 * Returns Infinity if the size cannot be estimated: see {@link reasonForNoSize}. Also if the value takes more than `limit`
 * bytes: the walk stops at the limit.
 */
export function sizeOf(value: unknown, limit = Infinity, heap: HeapModel = runtimeModel): number {
  try {
    const bytes = measured(value, limit, heap)
    return bytes <= limit ? Math.ceil(bytes) : Infinity
  } catch {
    return Infinity // above every bound, so the memory tier refuses the value and reports it
  }
}

const runtimeModel = heapModelOf()

/**
 * Returns the reason why the size of a value is not known, after the words "the value"; `undefined` if it can be estimated, or is
 * above `limit`.
 */
export function reasonForNoSize(value: unknown, limit = Infinity): string | undefined {
  try {
    measured(value, limit, runtimeModel)
    return undefined
  } catch (error) {
    return error instanceof UnknownSize ? error.message : 'cannot be read'
  }
}

function measured(value: unknown, limit: number, heap: HeapModel): number {
  if (typeof value === 'string') return heap.string(value.length, widthOf(value))
  if (typeof value === 'function') throw new UnknownSize('is a function')
  // The store copies a small view, so its buffer does not count.
  if (ArrayBuffer.isView(value) && value.byteLength <= MAX_COPIED_VIEW_BYTES) {
    const { byteLength } = value
    return value instanceof DataView ? heap.view + heap.buffer(byteLength) : heap.ownView(byteLength)
  }
  const record = typeof value === 'object' && value !== null ? sizeOfRecord(heap, value) : undefined
  return record ?? measuredByWalk(value, (visits) => new HeapWalk(heap, limit, visits))
}

function measuredByWalk(value: unknown, walkWith: (visits: MemberVisits) => HeapWalk): number {
  const first = walkWith(new CompleteVisits(BUDGET))
  const bytes = first.run(value) ?? (first.isDeep ? undefined : walkWith(new SampledVisits()).run(value))
  const complete = bytes ?? walkWith(new CompleteVisits(MAX_MEMBERS)).run(value)
  if (complete === undefined) throw new UnknownSize('is nested too deeply to be measured')
  return complete
}
