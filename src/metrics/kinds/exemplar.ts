/**
 * Exemplars: the latest observation of a bucket or a counter that came with labels, for instance its trace.
 *
 * One lies in cells of its own, made at its first use: a version, how many Int32s of labels there is room for, then
 * two copies of value, time and labels. As in a float cell, the copy that readers use is never the one that is written.
 */
import type { Place } from '../memory/cells.ts'
import type { Exemplar } from '../series/family.ts'
import type { Series } from '../series/series.ts'
import type { StoredFamily } from '../series/stored-family.ts'

/** What an exemplar says of its observation, such as `{ trace_id: '4bf92f35…' }`. */
export type ExemplarLabels = Readonly<Record<string, string>>

/** OpenMetrics 1.0, "Exemplars": names and values together, in characters. */
const maxLength = 128

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const capacityAt = 1
const copies = 2
const copyHead = 5 // the labels' length in Int32s, then two numbers, two halves each

/** Their numbers among a series' parts begin here; what comes before is the histograms'. */
const firstPart = 64

/**
 * The labels as Int32s that hold their JSON.
 * @throws when a name is no label name, a value no string, or all together are longer than 128 characters
 */
export function encodeExemplar(metric: string, labels: ExemplarLabels): Int32Array {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw new TypeError(`${metric}: an exemplar is an object of labels, not ${JSON.stringify(labels)}`)
  }
  let length = 0
  const wellFormed = Object.entries(labels).map(([name, value]: [string, unknown]) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      throw new Error(`${metric}: ${JSON.stringify(name)} is not a label name for an exemplar`)
    }
    if (typeof value !== 'string') throw new TypeError(`${metric}: exemplar label ${name} must be a string`)
    const text = value.toWellFormed()
    length += name.length + [...text].length
    return [name, text]
  })
  if (length > maxLength) {
    throw new RangeError(`${metric}: an exemplar's labels are at most ${maxLength} characters, not ${length}`)
  }
  const bytes = encoder.encode(JSON.stringify(Object.fromEntries(wellFormed)))
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(0x20) // spaces after JSON say nothing
  padded.set(bytes)
  return new Int32Array(padded.buffer)
}

/**
 * Keeps an exemplar in place of the one before it.
 * @param number which of the series' exemplars it is
 * @throws {RangeError} when there is no room for the first one
 */
export function storeExemplar(
  family: StoredFamily,
  series: Series,
  number: number,
  labels: Int32Array,
  value: number,
  timestamp: number,
): void {
  let place = series.parts[firstPart + number]
  if (place === undefined || capacityOf(place) < labels.length) {
    // Room to spare: labels of the same names are of about the same length.
    const capacity = Math.ceil(labels.length / 16) * 16
    place = family.addPart(series, firstPart + number, exemplarLength(capacity))
    place.ints[place.at + capacityAt] = capacity
  }
  write(place, labels, value, timestamp)
}

/** The latest exemplar with this number, whichever thread has it. */
export function latestExemplar(series: Series, number: number): Exemplar | undefined {
  let latest: Exemplar | undefined
  for (const { parts } of series.cells()) {
    const place = parts[firstPart + number]
    const one = place && readExemplar(place)
    if (one && !(latest && latest.timestamp > one.timestamp)) latest = one
  }
  return latest
}

/** May there be one? */
export function mayHaveExemplars({ parts, peers }: Series): boolean {
  return parts.length > firstPart || (peers.length > 0 && peers.some((peer) => peer.parts.length > firstPart))
}

export function isExemplar(part: number): boolean {
  return part >= firstPart
}

/** Moves the exemplar that lies at `from`, in cells just as long. */
export function moveExemplar(from: Place, to: Place): void {
  if (capacityOf(to) !== 0) return
  for (let i = 1; i < lengthOfExemplar(from); i++) to.ints[to.at + i] = from.ints[from.at + i] ?? 0
  Atomics.store(to.ints, to.at, Atomics.load(from.ints, from.at)) // now readers may
}

// Labels too are written and read as atomic Int32s: only so an unchanged version says that they are whole.
function write({ ints, at }: Place, labels: Int32Array, value: number, timestamp: number): void {
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

/** The exemplar that lies there; undefined before the first. */
function readExemplar(place: Place): Exemplar | undefined {
  const { ints, at } = place
  for (;;) {
    const version = Atomics.load(ints, at)
    if (version === 0) return undefined
    const copy = copyAt(place, version)
    for (let i = 0; i < 4; i++) halves[i] = Atomics.load(ints, copy + 1 + i)
    const [value = 0, timestamp = 0] = numbers
    const labels = new Int32Array(Math.min(Atomics.load(ints, copy), capacityOf(place)))
    for (let i = 0; i < labels.length; i++) labels[i] = Atomics.load(ints, copy + copyHead + i)
    if (Atomics.load(ints, at) !== version) continue
    return { labels: JSON.parse(decoder.decode(labels)) as ExemplarLabels, value, timestamp }
  }
}

/** Int32s that an exemplar takes. */
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

// Where floats are taken apart and put together; nothing in it outlives a call.
const numbers = new Float64Array(2)
const halves = new Int32Array(numbers.buffer)
