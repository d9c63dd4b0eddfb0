/**
 * Exemplars: for each bucket or counter, the latest observation that came with labels, such as a trace id.
 *
 * An exemplar has its own cells, a part of its series (see `Cells`), allocated at its first use: a version, the
 * capacity for labels in Int32s, then two copies of value, time and labels. As in a float cell, the writer changes only
 * the copy that readers do not use.
 */
import type { Place } from '../memory/cells.ts'
import type { Exemplar } from '../series/family.ts'
import { eachParts } from '../series/read-cells.ts'
import type { Series } from '../series/series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/** The labels of an exemplar, such as `{ trace_id: '4bf92f35…' }`. */
export type ExemplarLabels = Readonly<Record<string, string>>

/** Maximum length of all names and values together, in characters (OpenMetrics 1.0, "Exemplars"). */
const maxLength = 128

/** An observation with encoded labels. The timestamp is in seconds since 1970. */
export type EncodedExemplar = {
  readonly labels: Int32Array
  readonly value: number
  readonly timestamp: number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const capacityAt = 1
const removed = -1 // in place of the labels' length
const copies = 2
const copyHead = 5 // Int32s of a copy before its labels: the labels' length, then the halves of value and timestamp

/** Number of the part that holds a series' first exemplar. Lower numbers are the octaves of native histograms. */
const firstPart = 64

/**
 * Encodes the labels as JSON in Int32s.
 * @throws when a label name is invalid, a value is not a string, or names and values together have more than 128
 * characters
 */
export function encodeExemplar(metric: string, labels: ExemplarLabels): Int32Array {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw new TypeError(`${metric}: an exemplar must be an object of labels, got ${JSON.stringify(labels)}`)
  }
  let length = 0
  const wellFormed = Object.entries(labels).map(([name, value]: [string, unknown]) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      throw new Error(
        `${metric}: exemplar label name ${JSON.stringify(name)} must match [a-zA-Z_][a-zA-Z0-9_]*`,
      )
    }
    if (typeof value !== 'string') throw new TypeError(`${metric}: exemplar label ${name} must be a string`)
    const text = value.toWellFormed()
    length += name.length + [...text].length
    return [name, text]
  })
  if (length > maxLength) {
    throw new RangeError(
      `${metric}: exemplar labels must have at most ${maxLength} characters, got ${length}`,
    )
  }
  const bytes = encoder.encode(JSON.stringify(Object.fromEntries(wellFormed)))
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(0x20) // JSON.parse ignores trailing spaces
  padded.set(bytes)
  return new Int32Array(padded.buffer)
}

/**
 * Stores an exemplar of the series in place of the previous one.
 * @param number identifies the exemplar within the series: the index of the bucket in a histogram, 0 in a counter
 * @throws {RangeError} when there is no room for its cells
 */
export function storeExemplar(series: Series, number: number, exemplar: EncodedExemplar): void {
  const { labels } = exemplar
  let place = series.parts[firstPart + number]
  if (place === undefined || capacityOf(place) < labels.length) {
    // The capacity is rounded up, because the labels of later exemplars are about as long and should fit too.
    const capacity = Math.ceil(labels.length / 16) * 16
    place = series.family.addPart(series, firstPart + number, exemplarLength(capacity))
    place.ints[place.at + capacityAt] = capacity
  }
  write(place, exemplar)
}

/**
 * The latest exemplars over all threads: for each series, those with the numbers below `count`. Undefined if no series has
 * an exemplar, and undefined in place of a series that has none.
 */
export function latestExemplars(
  family: StoredFamily,
  count: number,
): ((Exemplar | undefined)[] | undefined)[] | undefined {
  let all: ((Exemplar | undefined)[] | undefined)[] | undefined
  eachParts(family, (ordinal, parts) => {
    for (let i = firstPart; i < parts.length; i++) {
      const place = parts[i]
      const one = place && readExemplar(place)
      if (one === undefined) continue
      all ??= new Array(family.series.length).fill(undefined)
      const latest = all[ordinal] ?? new Array<Exemplar | undefined>(count).fill(undefined)
      all[ordinal] = latest
      const other = latest[i - firstPart]
      if (!(other && other.timestamp > one.timestamp)) latest[i - firstPart] = one
    }
  })
  return all
}

/** Removes the exemplar. Other threads may read it during the call. */
export function clearExemplar(place: Place): void {
  const { ints, at } = place
  const version = Atomics.load(ints, at) + 1
  if (version === 1) return
  // The version continues. If it began again, a reader could find the same version with another exemplar.
  Atomics.store(ints, copyAt(place, version), removed)
  Atomics.store(ints, at, version)
}

export function isExemplar(part: number): boolean {
  return part >= firstPart
}

/** Copies an exemplar to cells of the same length. Does nothing if those cells already hold an exemplar. */
export function moveExemplar(from: Place, to: Place): void {
  if (capacityOf(to) !== 0) return
  for (let i = 1; i < lengthOfExemplar(from); i++) to.ints[to.at + i] = from.ints[from.at + i] ?? 0
  Atomics.store(to.ints, to.at, Atomics.load(from.ints, from.at)) // publishes the copy to readers
}

// The labels too are written and read atomically. Otherwise a reader could find the version unchanged and still have read
// labels of two exemplars.
function write({ ints, at }: Place, { labels, value, timestamp }: EncodedExemplar): void {
  const version = Atomics.load(ints, at) + 1
  const copy = copyAt({ ints, at }, version)
  Atomics.store(ints, copy, labels.length)
  numbers[0] = value
  numbers[1] = timestamp
  for (let i = 0; i < 4; i++) Atomics.store(ints, copy + 1 + i, halves[i] ?? 0)
  labels.forEach((part, i) => {
    Atomics.store(ints, copy + copyHead + i, part)
  })
  Atomics.store(ints, at, version)
}

/** The exemplar in these cells; undefined if none has been stored yet. */
function readExemplar(place: Place): Exemplar | undefined {
  const { ints, at } = place
  for (;;) {
    const version = Atomics.load(ints, at)
    if (version === 0) return undefined
    const copy = copyAt(place, version)
    for (let i = 0; i < 4; i++) halves[i] = Atomics.load(ints, copy + 1 + i)
    const [value = 0, timestamp = 0] = numbers
    const length = Math.min(Atomics.load(ints, copy), capacityOf(place))
    const labels = new Int32Array(Math.max(0, length))
    for (let i = 0; i < labels.length; i++) labels[i] = Atomics.load(ints, copy + copyHead + i)
    if (Atomics.load(ints, at) !== version) continue
    if (length === removed) return undefined
    return { labels: JSON.parse(decoder.decode(labels)) as ExemplarLabels, value, timestamp }
  }
}

/** Length of an exemplar's cells in Int32s. */
export function lengthOfExemplar(place: Place): number {
  return exemplarLength(capacityOf(place))
}

function exemplarLength(capacity: number): number {
  return copies + 2 * (copyHead + capacity)
}

function capacityOf({ ints, at }: Place): number {
  return ints[at + capacityAt] ?? 0
}

function copyAt(place: Place, version: number): number {
  return place.at + copies + (copyHead + capacityOf(place)) * (version & 1)
}

// Scratch space that splits floats into halves and joins them. Its content is valid only within one call.
const numbers = new Float64Array(2)
const halves = new Int32Array(numbers.buffer)
