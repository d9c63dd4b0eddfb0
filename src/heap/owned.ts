/** Copies of values that would keep larger ones alive. */
import { type HeapModel, heapModelOf } from './heap-model.ts'

/** Views up to this size are always copied: to read their buffer would cost more memory on Bun. */
export const MAX_COPIED_VIEW_BYTES = 4096

/** Longer strings and larger views are not copied, because that may take more than 0.5 ms. */
const MAX_COPIED = 512 * 1024

const runtimeEngine = heapModelOf().engine

/**
 * Returns the value as it is stored: a copy if it is a string, which may be a part of a longer one, or a view of a larger
 * buffer. Members of objects are not copied. A Buffer stays a Buffer.
 */
export function ownedValue<T>(value: T): T {
  if (typeof value === 'string') return ownedString(value) as T & string
  if (!ArrayBuffer.isView(value)) return value
  const { byteLength } = value
  if (byteLength > MAX_COPIED) return value
  if (byteLength > MAX_COPIED_VIEW_BYTES && value.buffer.byteLength === byteLength) return value
  return copyOfView(value) as T & ArrayBufferView
}

/**
 * Returns a string that shares no memory with the one from which it was sliced. Longer strings than half a million characters are
 * returned as they are.
 */
export function ownedString(text: string, engine: HeapModel['engine'] = runtimeEngine): string {
  if (text.length < 2 || text.length > MAX_COPIED) return text
  // JSON also narrows a string that was sliced from one with wide characters, which `join` does not on JavaScriptCore.
  if (engine === 'jsc') return JSON.parse(JSON.stringify(text))
  return text.length < MIN_SLICE_OF_V8 ? text : [text.slice(0, 1), text.slice(1)].join('')
}

/** V8 copies shorter strings itself. */
const MIN_SLICE_OF_V8 = 13

function copyOfView(view: ArrayBufferView): ArrayBufferView {
  if (view instanceof DataView) {
    const { byteOffset, byteLength } = view
    return new DataView(view.buffer.slice(byteOffset, byteOffset + byteLength))
  }
  // The method of the prototype, because that of Buffer returns a view of the same memory.
  return Uint8Array.prototype.slice.call(view)
}
