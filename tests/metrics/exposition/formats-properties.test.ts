/** For random snapshots, parsers that share no code with the renderers read the same values. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderProtobuf } from '../../../src/metrics/exposition/protobuf.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import type { Exemplar, FamilySnapshot } from '../../../src/metrics/series/family.ts'
import { pythonWith } from '../../support/installed.ts'
import {
  overTheWire,
  type ParsedFamily,
  type ParsedSample,
  parseOpenMetrics,
  parseText,
} from './exposition-parser.ts'
import { type Decoded, decodeFamilies } from './protobuf-decoder.ts'
import { parseWithPython } from './python-parser.ts'
import { type HistogramSeries, histogram, type LabelSet, scalar, snapshotOf } from './snapshots.ts'

const awkward = [
  '\\',
  '"',
  '\n',
  '|',
  'n',
  '{',
  '}',
  ',',
  '=',
  ' ',
  '\r',
  '#',
  ' # ',
  '\u2028',
  'é',
  '😀',
  '\0',
]
const string = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...awkward) }))

const whole = fc.oneof(fc.nat(20), fc.maxSafeNat())
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
/** A creation time of 0 is unknown. */
const seconds = fc.integer({ min: 0, max: 4e12 }).map((milliseconds) => milliseconds / 1000)

/** Different label sets with the same names. */
function labelSets(values: fc.Arbitrary<string>): fc.Arbitrary<LabelSet[]> {
  const set = fc.record({ a: values, b: values })
  return fc.uniqueArray(set, { maxLength: 4, selector: ({ a, b }) => JSON.stringify([a, b]) })
}

const labels = labelSets(string)

function exemplarOf(values: fc.Arbitrary<string>): fc.Arbitrary<Exemplar | undefined> {
  const exemplar = fc.record({
    labels: fc.oneof(fc.constant({}), fc.record({ trace_id: values }), fc.record({ t: values, u: values })),
    value: finite,
    timestamp: seconds,
  })
  return fc.option(exemplar, { nil: undefined })
}

function counterOf(name: string, exemplar: fc.Arbitrary<Exemplar | undefined>): fc.Arbitrary<FamilySnapshot> {
  return fc.tuple(string, labels, fc.boolean()).chain(([help, sets, isKnown]) =>
    fc
      .tuple(
        ...sets.map((labels) =>
          fc.record({ labels: fc.constant(labels), value: whole, created: seconds, exemplar }),
        ),
      )
      .map((series) =>
        scalar(
          'counter',
          { name, help },
          ...series.map(({ created, exemplar, ...one }) => ({
            ...one,
            ...(isKnown ? { created } : {}),
            ...(exemplar ? { exemplar } : {}),
          })),
        ),
      ),
  )
}

const gauge: fc.Arbitrary<FamilySnapshot> = fc
  .tuple(string, labels, fc.array(fc.double(), { minLength: 4, maxLength: 4 }))
  .map(([help, sets, values]) =>
    scalar(
      'gauge',
      { name: 'g_bytes', help, unit: 'bytes' },
      ...sets.map((labels, i) => ({ labels, value: values[i] ?? 0 })),
    ),
  )

const info: fc.Arbitrary<FamilySnapshot> = fc
  .tuple(string, labels)
  .map(([help, sets]) =>
    scalar('info', { name: 'i_info', help }, ...sets.map((labels) => ({ labels, value: 1 }))),
  )

/** A histogram with classic buckets, native buckets or both, with equal total counts. */
function histogramOf(exemplar: fc.Arbitrary<Exemplar | undefined>): fc.Arbitrary<FamilySnapshot> {
  const bound = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })
  const shape = fc.record({
    help: string,
    bounds: fc.uniqueArray(bound, { maxLength: 5 }).map((bounds) => bounds.sort((a, b) => a - b)),
    scale: fc.constantFrom(1, 1000, 1e9),
    isNative: fc.boolean(),
    schema: fc.integer({ min: -4, max: 8 }),
    zeroThreshold: fc.constantFrom(0, 2 ** -128, 1e-9),
    sets: labels,
  })
  return shape.chain(({ help, bounds, scale, isNative, schema, zeroThreshold, sets }) => {
    const buckets = bounds.length + 1
    const count = fc.oneof(fc.nat(9), fc.nat(2 ** 49))
    const series = fc.record({
      counts: fc.array(count, { minLength: buckets, maxLength: buckets }),
      sum: whole,
      created: seconds,
      exemplars: fc.option(fc.array(exemplar, { minLength: buckets, maxLength: buckets }), {
        nil: undefined,
      }),
      indexes: fc.uniqueArray(fc.integer({ min: -2000, max: 2000 }), { maxLength: 6 }),
    })
    return fc
      .array(series, { minLength: sets.length, maxLength: sets.length })
      .map((all) =>
        histogram(
          { name: 'h', help, bounds, scale, ...(isNative ? { native: { schema, zeroThreshold } } : {}) },
          ...all.map((one, i) => ({ ...withNative(one), labels: sets[i] ?? {} })),
        ),
      )
  })
}

function withNative({
  indexes,
  exemplars,
  ...one
}: Pick<HistogramSeries, 'counts' | 'sum'> & {
  created: number
  indexes: number[]
  exemplars: (Exemplar | undefined)[] | undefined
}): HistogramSeries {
  const ascending = indexes.sort((a, b) => a - b)
  const total = one.counts.reduce((sum, count) => sum + count, 0)
  const each = Math.floor(total / (ascending.length + 1))
  return {
    ...one,
    ...(exemplars ? { exemplars } : {}),
    zeroCount: total - each * ascending.length,
    native: ascending.map((index) => [index, each] as const),
  }
}

function families(exemplarLabels: fc.Arbitrary<string>): fc.Arbitrary<FamilySnapshot[]> {
  const exemplar = exemplarOf(exemplarLabels)
  return fc
    .tuple(counterOf('c_total', exemplar), counterOf('d', exemplar), gauge, info, histogramOf(exemplar))
    .map((all) => [...all])
}

/** The expected content of a family in a text format. */
function expected(family: FamilySnapshot, isOpenMetrics: boolean): ParsedFamily {
  const { type, help, unit } = family
  const name = isOpenMetrics ? family.name.replace(/_total$|_info$/, '') : family.name
  return {
    name,
    help,
    type: isOpenMetrics || type !== 'info' ? type : 'gauge',
    ...(isOpenMetrics && unit !== undefined ? { unit } : {}),
    samples: family.series.flatMap((_, i) => expectedSamples(family, i, name, isOpenMetrics)),
  }
}

function expectedSamples(
  family: FamilySnapshot,
  i: number,
  name: string,
  isOpenMetrics: boolean,
): ParsedSample[] {
  const labels = labelsOf(family, i)
  const created = isOpenMetrics && family.type !== 'gauge' ? family.created?.[i] : undefined
  const createdSample = !created ? [] : [{ name: `${name}_created`, labels, value: created }]
  if (family.type !== 'histogram') {
    const suffix = isOpenMetrics ? { counter: '_total', gauge: '', info: '_info' }[family.type] : ''
    const value = (family.values[i] ?? 0) + 0 // the sign of -0 is lost
    const sample = { name: name + suffix, labels, value }
    return [{ ...sample, ...(isOpenMetrics ? written(family.exemplars?.[i]) : {}) }, ...createdSample]
  }
  const bounds = [...family.bounds, Number.POSITIVE_INFINITY]
  const values = [...family.values].slice(i * (bounds.length + 1), (i + 1) * (bounds.length + 1))
  const sum = (values.pop() ?? 0) / family.scale
  const cumulative = values.map((_, j) => values.slice(0, j + 1).reduce((a, b) => a + b, 0))
  return [
    ...bounds.map((bound, j) => ({
      name: `${name}_bucket`,
      labels: { ...labels, le: String(bound) },
      value: cumulative[j] ?? 0,
      ...(isOpenMetrics ? written(family.exemplars?.[i]?.[j]) : {}),
    })),
    { name: `${name}_sum`, labels, value: sum },
    { name: `${name}_count`, labels, value: cumulative.at(-1) ?? 0 },
    ...createdSample,
  ]
}

function written(exemplar: Exemplar | undefined): { exemplar?: Exemplar } {
  if (!exemplar) return {}
  return { exemplar: { ...exemplar, labels: { ...exemplar.labels }, value: exemplar.value + 0 } }
}

function labelsOf({ labelNames, series }: FamilySnapshot, i: number): Record<string, string> {
  return Object.fromEntries(labelNames.map((name, j) => [name, series[i]?.labels[j] ?? '']))
}

/** Bounds as numbers; other tests check their formatting. */
function withNumbers(families: readonly ParsedFamily[]): ParsedFamily[] {
  return families.map(({ samples, ...family }) => ({
    ...family,
    samples: samples.map(({ labels, ...sample }) => {
      const { le, ...rest } = labels
      return { ...sample, labels: le === undefined ? rest : { ...rest, le: boundWritten(le) } }
    }),
  }))
}

function boundWritten(le: string): string {
  return String(Number(le.replace('+Inf', 'Infinity')))
}

describe('an independent parser reads the written values', () => {
  it('a parser reads the written values from text', () => {
    fc.assert(
      fc.property(families(string), (families) => {
        const parsed = parseText(overTheWire(renderText(snapshotOf(...families))))
        assert.deepEqual(
          withNumbers(parsed),
          families.map((family) => expected(family, false)),
        )
      }),
    )
  })

  it('a parser reads the written values from OpenMetrics', () => {
    fc.assert(
      fc.property(families(string), (families) => {
        const parsed = parseOpenMetrics(overTheWire(renderOpenMetrics(snapshotOf(...families))))
        assert.deepEqual(
          withNumbers(parsed),
          families.map((family) => expected(family, true)),
        )
      }),
    )
  })

  const { python, skip } = pythonWith('prometheus_client.openmetrics.parser')
  // The parser takes the first `}` after an exemplar's `{` as the end of the labels, even within a quoted value.
  const readable = string.map((text) => text.replaceAll('}', ''))

  it("Prometheus' Python parser reads the written values from OpenMetrics", { skip }, () => {
    const batch = fc.array(families(readable), { minLength: 100, maxLength: 100 })
    fc.assert(
      fc.property(batch, (batch) => {
        const texts = batch.map((families) => renderOpenMetrics(snapshotOf(...families)))
        const expectedByPython = batch.map((families) =>
          families.map((family) => ({ unit: '', ...expected(family, true) })),
        )
        assert.deepEqual(parseWithPython(python, texts).map(withNumbers), expectedByPython)
      }),
      { numRuns: 2, endOnFailure: true },
    )
  })

  it('a parser reads the written values from protobuf', () => {
    fc.assert(
      fc.property(families(string), (families) => {
        assert.deepEqual(
          decodeFamilies(renderProtobuf(snapshotOf(...families))),
          families.map(expectedMessage),
        )
      }),
    )
  })
})

/** The expected content of a family in protobuf. */
function expectedMessage(family: FamilySnapshot): Decoded {
  const { name, help, type, unit, series } = family
  const metric = series.map((_, i): Decoded => {
    const pairs = pairsOf(labelsOf(family, i))
    const value = family.values[i] ?? 0
    if (family.type === 'histogram') return { label: pairs, histogram: expectedHistogram(family, i) }
    if (family.type !== 'counter') return { label: pairs, gauge: { value } }
    const exemplar = family.exemplars?.[i]
    const created = family.created?.[i]
    return {
      label: pairs,
      counter: {
        value,
        ...(exemplar ? { exemplar: expectedExemplar(exemplar) } : {}),
        ...(created ? { created_timestamp: timestamp(created) } : {}),
      },
    }
  })
  return {
    name,
    help,
    type: { counter: 0, gauge: 1, info: 1, histogram: 4 }[type],
    ...(metric.length > 0 ? { metric } : {}),
    ...(unit === undefined ? {} : { unit }),
  }
}

function expectedHistogram(family: FamilySnapshot & { type: 'histogram' }, i: number): Decoded {
  const samples = expectedSamples(family, i, '', false)
  const exemplars = family.exemplars?.[i]
  const bucket = samples.slice(0, -2).map(({ labels, value }, j): Decoded => {
    const exemplar = exemplars?.[j]
    return {
      cumulative_count: value,
      upper_bound: Number(labels.le),
      ...(exemplar ? { exemplar: expectedExemplar(exemplar) } : {}),
    }
  })
  const { native, bounds } = family
  const isNativeOnly = native !== undefined && bounds.length === 0
  const own = exemplars?.flatMap((exemplar) => (exemplar ? [expectedExemplar(exemplar)] : [])) ?? []
  return {
    sample_sum: samples.at(-2)?.value ?? 0,
    sample_count: samples.at(-1)?.value ?? 0,
    ...(isNativeOnly ? {} : { bucket }),
    ...(native ? expectedNative(native, i) : {}),
    ...(family.created[i] ? { created_timestamp: timestamp(family.created[i]) } : {}),
    ...(isNativeOnly && own.length > 0 ? { exemplars: own } : {}),
  }
}

/** Bucket by bucket over the whole range, unlike the writer, which skips empty buckets. */
function expectedNative(
  { schema, zeroThreshold, series }: NonNullable<(FamilySnapshot & { type: 'histogram' })['native']>,
  i: number,
): Decoded {
  const { zeroCount = 0, indexes = [], counts = [] } = series[i] ?? {}
  const positive_span: { offset: number; length: number }[] = []
  let gap = 0
  const [first = 0] = indexes
  for (let index = first; index <= (indexes.at(-1) ?? first - 1); index++) {
    const holds = indexes.includes(index)
    if (!holds) gap++
    else if (index === first) positive_span.push({ offset: first, length: 1 })
    else if (gap > 0) positive_span.push({ offset: gap, length: 1 })
    else
      positive_span[positive_span.length - 1] = {
        offset: positive_span.at(-1)?.offset ?? 0,
        length: (positive_span.at(-1)?.length ?? 0) + 1,
      }
    if (holds) gap = 0
  }
  if (indexes.length === 0 && zeroThreshold === 0) positive_span.push({ offset: 0, length: 0 })
  return {
    schema,
    zero_threshold: zeroThreshold,
    zero_count: zeroCount,
    ...(positive_span.length > 0 ? { positive_span } : {}),
    ...(counts.length > 0
      ? { positive_delta: counts.map((count, j) => count - (j > 0 ? (counts[j - 1] ?? 0) : 0)) }
      : {}),
  }
}

function expectedExemplar({ labels, value, timestamp: at }: Exemplar): Decoded {
  const label = pairsOf(labels)
  return { ...(label.length > 0 ? { label } : {}), value, timestamp: timestamp(at) }
}

/** Converts a time of whole milliseconds, like all times here. */
function timestamp(seconds: number): Decoded {
  const milliseconds = Math.round(seconds * 1000)
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1e6 }
}

function pairsOf(labels: LabelSet): Decoded[] {
  return Object.entries(labels).map(([name, value]) => ({ name, value }))
}

it('lone surrogates, which no format can encode, are replaced at the declaration', () => {
  const halves = fc
    .array(fc.integer({ min: 0xd7ff, max: 0xe000 }))
    .map((units) => String.fromCharCode(...units))
  fc.assert(
    fc.property(
      halves,
      fc.uniqueArray(halves, { selector: (value) => value.toWellFormed() }),
      (help, values) => {
        const registry = createRegistry()
        const counter = registry.counter({ name: 'c_total', help, labels: { l: { max: 100 } } })
        for (const l of values) counter.with({ l }).inc(1, { half: values[0] ?? '' })
        const snapshot = registry.collect()
        const labels = values.map((value) => value.toWellFormed())
        for (const [family] of [
          parseText(overTheWire(renderText(snapshot))),
          parseOpenMetrics(overTheWire(renderOpenMetrics(snapshot))),
        ]) {
          assert.equal(family?.help, help.toWellFormed())
          const samples = family?.samples.filter(({ name }) => name === 'c_total') ?? []
          assert.deepEqual(
            samples.map((sample) => sample.labels.l),
            labels,
          )
        }
        const [message] = decodeFamilies(renderProtobuf(snapshot))
        assert.equal(message?.help, help.toWellFormed())
        const metrics = (message?.metric ?? []) as { label: { value: string }[] }[]
        assert.deepEqual(
          metrics.map(({ label }) => label[0]?.value),
          labels,
        )
      },
    ),
  )
})
