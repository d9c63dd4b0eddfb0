/**
 * Prometheus' binary format, the only one with native histograms: a stream of `io.prometheus.client.MetricFamily`
 * messages, each preceded by its length. Field numbers are those of
 * https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto.
 */
import type {
  Exemplar,
  FamilySnapshot,
  HistogramSnapshot,
  NativeBuckets,
  NativeSnapshot,
  Snapshot,
} from '../series/family.ts'
import { type Listed, listed, seriesList } from '../series/series-list.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

const metricTypes = { counter: 0, gauge: 1, info: 1, histogram: 4 } as const

/** Renders a snapshot. Metrics keep their declared names, as in the text format. */
export function renderProtobuf({ families }: Snapshot): Uint8Array<ArrayBuffer> {
  const out = new ProtobufWriter()
  for (const family of families.map(listed)) out.delimited(() => metricFamily(out, family))
  return out.finish()
}

function metricFamily(out: ProtobufWriter, family: Listed): void {
  const { name, help, type, unit, labelNames, [seriesList]: series } = family
  out.string(1, name)
  out.string(2, help)
  out.varint(3, metricTypes[type])
  for (let i = 0; i < series.length; i++) {
    const labels = series.labels(i)
    out.message(4, () => {
      for (const [j, label] of labelNames.entries()) labelPair(out, label, labels[j] ?? '')
      sample(out, family, i)
    })
  }
  if (unit !== undefined) out.string(5, unit)
}

function labelPair(out: ProtobufWriter, name: string, value: string): void {
  out.message(1, () => {
    out.string(1, name)
    out.string(2, value)
  })
}

function sample(out: ProtobufWriter, family: FamilySnapshot, i: number): void {
  switch (family.type) {
    case 'gauge':
    case 'info':
      out.message(2, () => out.double(1, family.values[i] ?? 0))
      return
    case 'counter':
      out.message(3, () => {
        out.double(1, family.values[i] ?? 0)
        exemplar(out, 2, family.exemplars?.[i])
        createdTimestamp(out, 3, family.created?.[i])
      })
      return
    case 'histogram':
      out.message(7, () => histogram(out, family, i))
  }
}

function histogram(out: ProtobufWriter, family: HistogramSnapshot, i: number): void {
  const { bounds, scale, values, created, exemplars, native } = family
  const width = bounds.length + 2
  const counts = values.slice(i * width, (i + 1) * width - 1)
  const sum = (values[(i + 1) * width - 1] ?? 0) / scale
  const buckets = native?.series[i]

  out.varint(1, total(counts))
  out.double(2, sum)
  if (bounds.length > 0 || !buckets) classicBuckets(out, bounds, counts, exemplars?.[i])
  if (native && buckets) nativeBuckets(out, native, buckets)
  createdTimestamp(out, 15, created[i])
  // A histogram without classic buckets holds the exemplars itself. Otherwise the messages of the classic buckets hold
  // them, and Prometheus uses these for the native buckets too.
  if (bounds.length === 0 && buckets) for (const one of exemplars?.[i] ?? []) exemplar(out, 16, one)
}

function classicBuckets(
  out: ProtobufWriter,
  bounds: readonly number[],
  counts: readonly number[],
  exemplars: readonly (Exemplar | undefined)[] = [],
): void {
  let cumulative = 0
  for (const [j, count] of counts.entries()) {
    cumulative += count
    out.message(3, () => {
      out.varint(1, cumulative)
      out.double(2, bounds[j] ?? Number.POSITIVE_INFINITY)
      exemplar(out, 3, exemplars[j])
    })
  }
}

/**
 * Appends the native buckets: spans list the buckets that are not empty, and deltas are the differences between the
 * counts of successive buckets.
 */
function nativeBuckets(
  out: ProtobufWriter,
  { schema, zeroThreshold }: NativeSnapshot,
  { zeroCount, indexes, counts }: NativeBuckets,
): void {
  out.zigzag(5, schema)
  out.double(6, zeroThreshold)
  out.varint(7, zeroCount)
  const spans = spansOf(indexes)
  // If the zero threshold is 0, only a span distinguishes an empty native histogram from a classic one.
  if (spans.length === 0 && zeroThreshold === 0) spans.push({ offset: 0, length: 0 })
  for (const { offset, length } of spans) {
    out.message(12, () => {
      out.zigzag(1, offset)
      out.varint(2, length)
    })
  }
  out.zigzags(
    13,
    counts.map((count, j) => count - (counts[j - 1] ?? 0)),
  )
}

/**
 * Groups successive indexes into spans. The offset of a span counts from the end of the previous span, that of the
 * first span from 0.
 */
function spansOf(indexes: readonly number[]): { offset: number; length: number }[] {
  const spans: { offset: number; length: number }[] = []
  let end = 0
  for (const index of indexes) {
    const last = spans.at(-1)
    if (last && index === end) last.length++
    else spans.push({ offset: index - end, length: 1 })
    end = index + 1
  }
  return spans
}

function exemplar(out: ProtobufWriter, field: number, exemplar: Exemplar | undefined): void {
  if (exemplar === undefined) return
  out.message(field, () => {
    for (const [name, value] of Object.entries(exemplar.labels)) labelPair(out, name, value)
    out.double(2, exemplar.value)
    timestamp(out, 3, exemplar.timestamp)
  })
}

/** Appends the creation time; nothing if it is unknown, as in OpenMetrics. */
function createdTimestamp(out: ProtobufWriter, field: number, created = 0): void {
  if (created !== 0) timestamp(out, field, created)
}

/**
 * Appends a google.protobuf.Timestamp, rounded to microseconds: a double of the seconds since 1970 is not more exact.
 */
function timestamp(out: ProtobufWriter, field: number, seconds: number): void {
  const microseconds = Math.round(seconds * 1e6)
  const whole = Math.floor(microseconds / 1e6)
  out.message(field, () => {
    out.varint(1, whole)
    out.varint(2, (microseconds - whole * 1e6) * 1000)
  })
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
