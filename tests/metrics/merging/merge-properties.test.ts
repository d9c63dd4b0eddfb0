/** For random registries, merging their snapshots equals counting in one registry, in any grouping and order. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderProtobuf } from '../../../src/metrics/exposition/protobuf.ts'
import {
  createRegistry,
  type FamilySnapshot,
  type MergeRule,
  merge,
  type Snapshot,
} from '../../../src/metrics/index.ts'
import { rounds } from '../../support/rounds.ts'
import { decodeFamilies } from '../exposition/protobuf-decoder.ts'
import { histogram, scalar, snapshotOf } from '../exposition/snapshots.ts'

const outcomes = ['hit', 'miss', 'stale "quoted"\n'] as const

type Operation = { metric: 'count' | 'in flight' | 'observe' | 'observe native'; outcome: number; n: number }

const operation: fc.Arbitrary<Operation> = fc.record({
  metric: fc.constantFrom('count', 'in flight', 'observe', 'observe native'),
  outcome: fc.nat(outcomes.length - 1),
  n: fc.nat(1000),
})

/** A registry in which each operation counts. The order of the declarations depends on `turn`. */
function countingRegistry(turn: number) {
  const registry = createRegistry({ now: () => 5000 })
  const labels = { outcome: { max: 9 } }
  const declarations = [
    () => {
      const counter = registry.counter({ name: 'reads_total', help: 'Reads.', labels })
      return { count: (outcome: string, n: number) => counter.with({ outcome }).inc(n, { n: String(n) }) }
    },
    () => {
      const gauge = registry.gauge({ name: 'in_flight', help: 'In flight.', labels })
      return { 'in flight': (outcome: string, n: number) => gauge.with({ outcome }).inc(n - 500) }
    },
    () => {
      const histogram = registry.histogram({
        name: 'loads_seconds',
        help: 'Loads.',
        buckets: [0.1, 0.5],
        labels,
      })
      return { observe: (outcome: string, n: number) => histogram.with({ outcome }).observe(n / 1024) }
    },
    () => {
      const histogram = registry.histogram({ name: 'waits', help: 'Waits.', native: true, labels })
      return {
        'observe native': (outcome: string, n: number) => histogram.with({ outcome }).observe(n / 1024),
      }
    },
  ]
  const turned = [...declarations.slice(turn), ...declarations.slice(0, turn)]
  const operations = Object.assign({}, ...turned.map((declare) => declare())) as Record<
    Operation['metric'],
    (outcome: string, n: number) => void
  >
  return {
    registry,
    run: ({ metric, outcome, n }: Operation) => operations[metric](outcomes[outcome] ?? '', n),
  }
}

/** Lines of the exposition without those that depend on the order: comments, and exemplars. */
function sortedLines(snapshot: Snapshot): string[] {
  return renderOpenMetrics(snapshot)
    .split('\n')
    .map((line) => line.replace(/ # {n=.*/, ''))
    .sort()
}

function sortedNatives(snapshot: Snapshot): unknown {
  const [waits] = decodeFamilies(renderProtobuf(snapshot)).filter(({ name }) => name === 'waits')
  return ((waits?.metric ?? []) as object[]).map((metric) => JSON.stringify(metric)).sort()
}

it('merged snapshots of several registries equal the snapshot of one that has counted everything', () => {
  const runs = fc.array(fc.array(operation, { maxLength: 15 }), { minLength: 2, maxLength: 4 })
  fc.assert(
    fc.property(runs, fc.nat(2), (runs, form) => {
      const all = countingRegistry(0)
      const parts = runs.map((operations, i) => {
        const part = countingRegistry(i)
        for (const one of operations) {
          part.run(one)
          all.run(one)
        }
        return [same, structuredClone<Snapshot>, throughJson][(form + i) % 3]?.(part.registry.collect())
      })
      const merged = merge(parts as Snapshot[])
      assert.deepEqual(sortedLines(merged), sortedLines(all.registry.collect()))
      assert.deepEqual(sortedNatives(merged), sortedNatives(all.registry.collect()))
    }),
  )
})

const same = (snapshot: Snapshot) => snapshot
const throughJson = (snapshot: Snapshot) => JSON.parse(JSON.stringify(snapshot)) as Snapshot

// Numbers whose sums are exact, so that they do not depend on the order.
const whole = fc.nat(1000)
const labelSet = fc.oneof(
  fc.record({ a: fc.constantFrom('x', 'y'), b: fc.constantFrom('x', '') }),
  fc.record({ b: fc.constantFrom('x', ''), a: fc.constantFrom('x', 'y') }),
)
const exemplar = fc.option(
  fc.tuple(whole, whole).map(([value, timestamp]) => ({ labels: {}, value, timestamp })),
  {
    nil: undefined,
  },
)

function seriesOf<T extends object>(fields: fc.Arbitrary<T>) {
  const selector = ({ labels }: { labels: Record<string, string> }) => `${labels.a},${labels.b}`
  return fc.boolean().chain((isTurned) =>
    fc.uniqueArray(
      fc
        .tuple(labelSet, fields)
        .map(([{ a, b }, one]) => ({ ...one, labels: isTurned ? { b, a } : { a, b } })),
      { selector, maxLength: 3 },
    ),
  )
}

const counter = seriesOf(fc.record({ value: whole, created: whole, exemplar })).map((series) =>
  scalar(
    'counter',
    { name: 'c_total' },
    ...series.map(({ exemplar, ...one }) => ({ ...one, ...(exemplar ? { exemplar } : {}) })),
  ),
)

function gauge(merge: MergeRule): fc.Arbitrary<FamilySnapshot> {
  return fc
    .tuple(
      seriesOf(fc.record({ value: fc.oneof(whole, fc.constantFrom(-3, Number.NaN)) })),
      fc.boolean(),
      fc.array(fc.nat(3), { minLength: 3 }),
    )
    .map(([series, hasWeights, weights]) => ({
      ...scalar('gauge', { name: `g_${merge}` }, ...series),
      merge,
      ...(hasWeights ? { weights: weights.slice(0, series.length) } : {}),
    }))
}

const shape = fc.record({
  bounds: fc.subarray([1, 2, 4, 8]),
  scale: fc.constantFrom(1, 2, 1024),
  schema: fc.integer({ min: -4, max: 8 }),
  zeroThreshold: fc.constantFrom(0, 1e-9, 2 ** -128, 2 ** -31, 0.3),
  isNative: fc.boolean(),
})

const histograms = shape.chain(({ bounds, scale, isNative, ...native }) => {
  const counts = fc.array(whole, { minLength: bounds.length + 1, maxLength: bounds.length + 1 })
  const exemplars = fc.array(exemplar, { minLength: bounds.length + 1, maxLength: bounds.length + 1 })
  const indexes = fc
    .uniqueArray(fc.integer({ min: -40, max: 40 }), { maxLength: 6 })
    .map((all) => all.sort((a, b) => a - b))
  return seriesOf(
    fc.record({
      counts,
      sum: whole,
      created: whole,
      exemplars,
      zeroCount: whole,
      indexes,
      count: fc.integer({ min: 1, max: 9 }),
    }),
  ).map((series) =>
    histogram(
      { name: 'h', bounds, scale, ...(isNative ? { native } : {}) },
      ...series.map(({ indexes, count, ...one }) => ({
        ...one,
        native: indexes.map((index) => [index, count] as const),
      })),
    ),
  )
})

const snapshots = fc
  .tuple(counter, gauge('sum'), gauge('max'), gauge('min'), gauge('latest'), gauge('mean'), histograms)
  .chain((families) => fc.shuffledSubarray([...families], { minLength: 1 }))
  .map((families) => snapshotOf(...families))

/** The content of a snapshot without its order: of families, of series, and of label names. */
function unordered({ families }: Snapshot): unknown {
  const all = families.map((family) => {
    const { name, type } = family
    const order = family.labelNames
      .map((label, i) => [label, i] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const rows = family.series.map(({ labels }, i) => {
      const pairs = JSON.stringify(order.map(([label, at]) => [label, labels[at]]))
      return [pairs, rowOf(family, i)] as const
    })
    const shared =
      family.type === 'histogram'
        ? [family.bounds, family.scale, family.native?.schema, family.native?.zeroThreshold]
        : [family.merge]
    return [name, type, shared, Object.fromEntries(rows)] as const
  })
  return Object.fromEntries(all.map((family) => [family[0], family]))
}

function rowOf(family: FamilySnapshot, i: number): unknown {
  if (family.type !== 'histogram') {
    const { values, created, exemplars, weights, merge } = family
    // A mean is rounded at each step.
    const value = merge === 'mean' ? Math.round((values[i] ?? 0) * 1e6) : values[i]
    return [value, created?.[i], exemplars?.[i], weights?.[i] ?? 1]
  }
  const { values, bounds, created, exemplars, native } = family
  const width = bounds.length + 2
  return [
    values.slice(i * width, (i + 1) * width),
    created[i],
    exemplars?.[i] ?? new Array(bounds.length + 1).fill(undefined),
    native?.series[i],
  ]
}

describe('merge of random snapshots', () => {
  it('merge does not depend on grouping', () => {
    fc.assert(
      fc.property(snapshots, snapshots, snapshots, (a, b, c) => {
        const expected = unordered(merge([a, b, c]))
        assert.deepEqual(unordered(merge([merge([a, b]), c])), expected)
        assert.deepEqual(unordered(merge([a, merge([b, c])])), expected)
        assert.deepEqual(unordered(merge([structuredClone(merge([a, b])), throughJson(c)])), expected)
      }),
      { numRuns: rounds(200, 500) },
    )
  })

  it('merge does not depend on the order of the snapshots', () => {
    fc.assert(
      fc.property(snapshots, snapshots, snapshots, (a, b, c) => {
        const expected = unordered(merge([a, b, c]))
        for (const order of [
          [a, c, b],
          [b, a, c],
          [b, c, a],
          [c, a, b],
          [c, b, a],
        ]) {
          assert.deepEqual(unordered(merge(order)), expected)
        }
      }),
      { numRuns: rounds(100, 300) },
    )
  })
})
