/** A registry: where the metrics of one process are declared, and what a scrape reads. */
import { createArena } from './cells.ts'
import { type ComputedFamily, computedValue, computedValues, type Value, type Values } from './computed.ts'
import { BindableCounter, type Counter, CounterFamily, type LabelledCounter } from './counter.ts'
import type { FamilyHead } from './family.ts'
import { BindableGauge, type Gauge, GaugeFamily, type LabelledGauge } from './gauge.ts'
import {
  BindableHistogram,
  type Histogram,
  HistogramFamily,
  type HistogramShape,
  type LabelledHistogram,
} from './histogram.ts'
import { Children, type DeclaredLabel, declareLabels, type LabelSpecs, overflowValue } from './labels.ts'
import { type Snapshot, type StoredFamily, takeSnapshot } from './snapshot.ts'

/**
 * Declares metrics, and reads them all at once. Each declaration checks its names against the Prometheus data model
 * (https://prometheus.io/docs/concepts/data_model/) and throws, naming the metric, when one is no name, is reserved, or
 * is taken: by a metric, or by what another one prints (`_bucket`, `_sum`, `_count`).
 *
 * A family whose labels are all closed has all its series from the start. As soon as one label is open, the registry
 * also shows `metrics_label_overflows_total{metric}`.
 *
 * @example
 * const registry = createRegistry()
 * const reads = registry.counter({ name: 'reads_total', help: 'Reads.', labels: { outcome: ['hit', 'miss'] } })
 * const hits = reads.with({ outcome: 'hit' })
 * hits.inc()
 * registry.gauge({ name: 'hits_per_second', help: '…', value: (read) => read(hits) / uptimeSeconds() })
 */
export type Registry = {
  // The forms with callbacks come first: a callback takes its type from the first form it is tried against.
  counter<const L extends LabelSpecs>(options: Metric & Values<L>): void
  counter(options: Metric & Value & { readonly labels?: never }): void
  counter<const L extends LabelSpecs>(options: Metric & Labelled<L>): LabelledCounter<L>
  counter(options: Metric & Unlabelled): Counter

  gauge<const L extends LabelSpecs>(options: Metric & Values<L>): void
  gauge(options: Metric & Value & { readonly labels?: never }): void
  gauge<const L extends LabelSpecs>(options: Metric & Labelled<L>): LabelledGauge<L>
  gauge(options: Metric & Unlabelled): Gauge

  histogram<const L extends LabelSpecs>(options: Metric & HistogramShape & Labelled<L>): LabelledHistogram<L>
  histogram(options: Metric & HistogramShape & Unlabelled): Histogram

  /** Reads every cell once, then computes what is computed from that. For renderers. */
  collect(): Snapshot
}

/** What every metric declares. */
export type Metric = {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`, in base units; a counter's should end in `_total`. */
  readonly name: string
  readonly help: string
}

type Unlabelled = { readonly labels?: never; readonly value?: never; readonly values?: never }

type Labelled<L extends LabelSpecs> = { readonly labels: L; readonly value?: never; readonly values?: never }

export type RegistryOptions = {
  /**
   * Told, at a scrape, what a `value` or `values` callback threw, or what was wrong with what it gave. The scrape goes
   * on: that metric keeps its HELP and TYPE and has no samples. What `onError` itself throws fails the scrape; without
   * it only the missing samples tell.
   */
  readonly onError?: (error: unknown, metric: string) => void
}

/** Makes an empty registry. */
export function createRegistry({ onError = () => {} }: RegistryOptions = {}): Registry {
  const arena = createArena()
  const families: (StoredFamily | ComputedFamily)[] = []
  const owners = new Map([[overflowHead.name, 'the registry itself']])
  let overflows: CounterFamily | undefined

  function counter(options: Options): BindableCounter<LabelSpecs> | Counter | undefined {
    const { head, labels } = checkDeclaration(options)
    if (options.value || options.values) return declareComputed('counter', head, labels, options)
    const family = declare(new CounterFamily(head, arena))
    if (labels.length === 0) return family.add([])
    return new BindableCounter(
      head,
      childrenOf(head, labels, (values) => family.add(values)),
    )
  }

  function gauge(options: Options): BindableGauge<LabelSpecs> | Gauge | undefined {
    const { head, labels } = checkDeclaration(options)
    if (options.value || options.values) return declareComputed('gauge', head, labels, options)
    const family = declare(new GaugeFamily(head, arena))
    if (labels.length === 0) return family.add([])
    return new BindableGauge(
      head,
      childrenOf(head, labels, (values) => family.add(values)),
    )
  }

  function histogram(options: Options & HistogramShape): BindableHistogram<LabelSpecs> | Histogram {
    const { head, labels } = checkDeclaration(options, ['le'])
    const family = declare(new HistogramFamily(head, options, arena), ['_bucket', '_sum', '_count'])
    if (labels.length === 0) return family.add([])
    return new BindableHistogram(
      head,
      childrenOf(head, labels, (values) => family.add(values)),
    )
  }

  function declareComputed(
    type: ComputedFamily['type'],
    head: FamilyHead,
    labels: readonly DeclaredLabel[],
    { value, values }: Options,
  ): undefined {
    if (value && !values && labels.length === 0) {
      claim(head.name)
      families.push(computedValue(head, type, value))
    } else if (values && !value && labels.length > 0) {
      claim(head.name)
      families.push(computedValues(head, type, values, labels, overflowOf(head, labels)))
    } else {
      throw new TypeError(`${head.name}: a metric without labels takes value, one with labels takes values`)
    }
  }

  function declare<F extends StoredFamily>(family: F, suffixes: readonly string[] = []): F {
    claim(family.head.name, suffixes)
    families.push(family)
    return family
  }

  function claim(name: string, suffixes: readonly string[] = []): void {
    const names = [name, ...suffixes.map((suffix) => name + suffix)]
    for (const wanted of names) {
      const owner = owners.get(wanted)
      if (owner !== undefined) throw new Error(`${name}: the name ${wanted} is taken by ${owner}`)
    }
    for (const wanted of names) owners.set(wanted, name)
  }

  function childrenOf<S>(
    head: FamilyHead,
    labels: readonly DeclaredLabel[],
    add: (values: readonly string[]) => S,
  ): Children<S> {
    const children = new Children(head.name, labels, add, overflowOf(head, labels))
    children.addAllIfClosed()
    return children
  }

  function overflowOf({ name }: FamilyHead, labels: readonly DeclaredLabel[]): () => void {
    if (!labels.some((label) => 'max' in label)) return () => {}
    overflows ??= new CounterFamily(overflowHead, arena)
    const overflow = overflows.add([name])
    return () => overflow.inc()
  }

  function collect(): Snapshot {
    return takeSnapshot(overflows ? [...families, overflows] : families, onError)
  }

  // Which overload was called decides what comes back; the declarations above say so, one implementation cannot.
  return { counter, gauge, histogram, collect } as Registry
}

const overflowHead: FamilyHead = {
  name: 'metrics_label_overflows_total',
  help: `Label lookups that were answered with "${overflowValue}" because a label had reached its maximum of values.`,
  labelNames: ['metric'],
}

/** Any declaration, as the implementations see it. */
type Options = Metric & {
  readonly labels?: LabelSpecs
  readonly value?: Value['value']
  readonly values?: Values<LabelSpecs>['values']
}

function checkDeclaration(
  { name, help, labels }: Options,
  forbidden: readonly string[] = [],
): { head: FamilyHead; labels: DeclaredLabel[] } {
  if (typeof name !== 'string' || !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    throw new Error(`${JSON.stringify(name)} is not a metric name ([a-zA-Z_:][a-zA-Z0-9_:]*)`)
  }
  if (name.startsWith('__')) throw new Error(`${name}: names that begin with __ are reserved`)
  if (typeof help !== 'string') throw new TypeError(`${name}: help must be a string`)
  const declared = labels === undefined ? [] : declareLabels(name, labels, forbidden)
  const labelNames = declared.map((label) => label.name)
  return { head: { name, help, labelNames }, labels: declared }
}
