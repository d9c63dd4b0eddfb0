/**
 * Sizes of values on the heap, by JavaScript engine. The figures are those of 64-bit engines without compressed pointers, as
 * measured on Node 24 and Bun 1.4. V8 with compressed pointers takes less.
 */

/** `v8`: Node, Workers. `jsc`: JavaScriptCore, which is the engine of Bun. */
export type Engine = 'v8' | 'jsc'

/** All sizes in bytes. */
export interface HeapModel {
  readonly engine: Engine
  /** @param width bytes per character: 1 if all characters are below U+0100, else 2. */
  string(length: number, width: number): number
  /** An object with a shape that other objects share, so that the property names take no space. */
  object(properties: number): number
  /** An instance of a class with so many fields. */
  instance(fields: number): number
  /** An object that is used as a table, so that its properties were added one by one. */
  record(properties: number): number
  /** A property name that other objects do not share, besides its string. @param properties number of them in the object. */
  ownName(properties: number): number
  array(length: number): number
  map(size: number): number
  /** A Map whose table has room for so many members. */
  mapTable(capacity: number): number
  set(size: number): number
  bigint(bits: number): number
  /** A view with memory of its own that was never read as `.buffer`. */
  ownView(byteLength: number): number
  buffer(byteLength: number): number
  /** A view besides its buffer. */
  readonly view: number
  /** A number in a property that is no 32-bit integer. */
  readonly boxedNumber: number
  readonly date: number
  /** A RegExp besides its source. */
  readonly regExp: number
  /** An Error with a stack of ten calls, besides its properties. */
  readonly error: number
  /** Tables of a memory store for each entry, if there are few. */
  readonly slot: number
  /** Added to each entry of a memory store, because the sum must not be below the heap: smaller structures also grow. */
  readonly margin: number
  /** A function and the variables it closes over. */
  readonly closure: number
}

const v8: HeapModel = {
  engine: 'v8',
  string: (length, width) => (length < 2 ? 0 : roundUp(16 + width * length, 8)),
  // An object that gets its properties one by one is larger than a literal by 24 bytes at most; a third of that is added.
  object(properties) {
    if (properties > 128) return v8.record(properties)
    return properties === 0 ? 56 : 32 + 8 * properties
  },
  instance: (fields) => 24 + 8 * fields,
  record: (properties) => 88 + 24 * powerOfTwo(1.5 * properties),
  ownName: () => 0,
  array: (length) => (length === 0 ? 32 : 48 + 8 * length),
  map: (size) => v8.mapTable(Math.max(4, powerOfTwo(size))),
  mapTable: (capacity) => 72 + 28 * capacity,
  set: (size) => 120 + 20 * Math.max(4, powerOfTwo(size)),
  bigint: (bits) => 16 + 8 * Math.ceil(bits / 64),
  ownView: (byteLength) => 200 + (byteLength > 64 ? byteLength : 16 + roundUp(byteLength, 8)),
  buffer: (byteLength) => 96 + byteLength,
  view: 104,
  boxedNumber: 16,
  date: 96,
  regExp: 128,
  error: 650,
  slot: 128,
  margin: 24,
  closure: 128,
}

const jsc: HeapModel = {
  engine: 'jsc',
  // A concatenated string has a header of 32 bytes, each other one of 16.
  string: (length, width) => (length < 2 ? 0 : 28 + width * length),
  object(properties) {
    if (properties > 128) return 256 + cell(8 * powerOfTwo(properties)) + 24 * powerOfTwo(properties)
    return 64 + (properties > 6 ? cell(8 * Math.max(4, powerOfTwo(properties - 6))) : 0)
  },
  instance: (fields) => cell(16 + 8 * fields),
  record: (properties) => jsc.object(properties),
  ownName: (properties) => (properties > 128 ? 0 : 90), // each adds a shape
  array: (length) => 16 + cell(8 + 8 * Math.max(5, length)),
  map: (size) => (size === 0 ? 32 : 80 + jsc.mapTable(capacityOfTable(size))),
  mapTable: (capacity) => 32 + (capacity > 16_384 ? 52 * capacity : cell(48 + 40 * capacity)),
  set(size) {
    const capacity = capacityOfTable(size)
    if (size === 0) return 32
    return 112 + (capacity > 16_384 ? 40 * capacity : cell(48 + 32 * capacity))
  },
  bigint: (bits) => roundUp(24 + 8 * Math.ceil(bits / 64), 16),
  ownView: (byteLength) => 48 + (byteLength > 1000 ? byteLength : cell(byteLength)),
  buffer: (byteLength) => 128 + byteLength,
  view: 64,
  boxedNumber: 0,
  date: 52,
  regExp: 80,
  error: 130,
  slot: 192,
  margin: 8,
  closure: 112,
}

/** Returns the model of an engine. Default: that of this runtime, by `navigator.userAgent`. */
export function heapModelOf(engine?: Engine): HeapModel {
  return (engine ?? engineOfRuntime()) === 'jsc' ? jsc : v8
}

function engineOfRuntime(): Engine {
  return typeof navigator !== 'undefined' && navigator.userAgent?.startsWith('Bun/') ? 'jsc' : 'v8'
}

/** Sizes of the memory cells of JavaScriptCore (`MarkedSpace`). Larger blocks are allocated exactly. */
const CELLS = [16, 32, 48, 64, 80, 112, 160, 224, 256, 320, 432, 608, 880, 1232, 1776, 2672, 4016, 8032]

function cell(bytes: number): number {
  return CELLS.find((size) => size >= bytes) ?? roundUp(bytes, 16) + 16
}

/**
 * Capacity of the table of a Map or Set of JavaScriptCore that only grew: it starts with the first member, for 4 of them, and grows
 * by 4. Above 16,384 members it grows by 2, and holds half as many members again.
 */
function capacityOfTable(size: number): number {
  if (size > 16_384) return powerOfTwo(Math.max(65_536, size / 1.5))
  return 4 ** Math.max(1, Math.ceil(Math.log2(size) / 2))
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, least)))
}

function roundUp(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step
}
