import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, merge } from '../../../src/metrics/index.ts'
import { histogram, scalar, snapshotOf } from '../exposition/snapshots.ts'

const reads = { name: 'reads_total', help: 'Reads.' }
const size = { name: 'size_bytes', help: 'Size.' }

describe('merge', () => {
  it('merge adds counters by their labels, in the order in which they are first seen', () => {
    const a = snapshotOf(scalar('counter', reads, { labels: { outcome: 'hit' }, value: 2 }))
    const b = snapshotOf(
      scalar('gauge', size, { value: 1 }),
      scalar(
        'counter',
        reads,
        { labels: { outcome: 'miss' }, value: 5 },
        { labels: { outcome: 'hit' }, value: 40 },
      ),
    )
    assert.equal(
      renderText(merge([a, b])),
      `\
# HELP reads_total Reads.
# TYPE reads_total counter
reads_total{outcome="hit"} 42
reads_total{outcome="miss"} 5
# HELP size_bytes Size.
# TYPE size_bytes gauge
size_bytes 1
`,
    )
  })

  it('merge finds the same labels in another order, and reads a missing label as empty', () => {
    const a = snapshotOf(scalar('counter', reads, { labels: { cache: 'users', outcome: 'hit' }, value: 1 }))
    const b = snapshotOf(scalar('counter', reads, { labels: { outcome: 'hit', cache: 'users' }, value: 2 }))
    const c = snapshotOf(scalar('counter', reads, { labels: { outcome: 'hit' }, value: 4 }))
    const [family] = merge([a, b, c]).families
    assert.deepEqual(family?.labelNames, ['cache', 'outcome'])
    assert.deepEqual(family?.series, [
      { labels: ['users', 'hit'], text: 'cache="users",outcome="hit"' },
      { labels: ['', 'hit'], text: 'cache="",outcome="hit"' },
    ])
    assert.deepEqual(family?.values, [3, 4])
  })

  it('the overflow counters of several registries become one metric', () => {
    const [a, b] = ['a_total', 'b_total'].map((name) => {
      const registry = createRegistry()
      const counter = registry.counter({ name, help: name, labels: { l: { max: 1 } } })
      for (const l of ['1', '2', '3']) counter.with({ l }).inc()
      return registry.collect()
    })
    assert.ok(a && b)
    const lines = renderText(merge([a, b])).match(/^.*metrics_label_overflows_total.*$/gm)
    assert.deepEqual(lines, [
      '# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.',
      '# TYPE metrics_label_overflows_total counter',
      'metrics_label_overflows_total{metric="a_total"} 2',
      'metrics_label_overflows_total{metric="b_total"} 2',
    ])
  })

  it('merge unites infos', () => {
    const info = (version: string) =>
      snapshotOf(scalar('info', { name: 'app_info', help: 'App.' }, { labels: { version }, value: 1 }))
    assert.match(
      renderText(merge([info('1'), info('2'), info('1')])),
      /\napp_info{version="1"} 1\napp_info{version="2"} 1\n$/,
    )
  })

  it('merge takes the earliest creation time and the latest exemplar', () => {
    const exemplar = (trace_id: string, timestamp: number) => ({ labels: { trace_id }, value: 1, timestamp })
    const counter = (value: number, created: number, timestamp: number) =>
      snapshotOf(
        scalar('counter', reads, { value, created, exemplar: exemplar(String(timestamp), timestamp) }),
      )
    assert.equal(
      renderOpenMetrics(merge([counter(1, 20, 50), counter(2, 10, 70), counter(3, 30, 60)])),
      `\
# HELP reads Reads.
# TYPE reads counter
reads_total 6.0 # {trace_id="70"} 1.0 70
reads_created 10
# EOF
`,
    )
  })

  it('sums that exceed the largest number stay finite, also as JSON', () => {
    const sums = [1, 2].map(() => {
      const registry = createRegistry()
      registry.histogram({ name: 'h', help: '', buckets: [1], scale: 1 }).observe(1.7e308)
      registry.counter({ name: 'c_total', help: '', value: () => 1.7e308 })
      return JSON.parse(JSON.stringify(registry.collect()))
    })
    assert.match(
      renderText(merge(sums)),
      /^h_sum 1.7976931348623157e\+308\nh_count 2\n[\s\S]*^c_total 1.7976931348623157e\+308$/m,
    )
  })

  it('a creation time is unknown if it is unknown in one snapshot', () => {
    const counter = (created?: number) =>
      snapshotOf(scalar('counter', reads, { value: 1, ...(created ? { created } : {}) }))
    assert.doesNotMatch(renderOpenMetrics(merge([counter(10), counter()])), /created/)
  })

  it('merge of one snapshot is the snapshot, and of none is empty', () => {
    const snapshot = snapshotOf(scalar('counter', reads, { value: 1 }))
    assert.deepEqual(merge([snapshot]), snapshot)
    assert.deepEqual(merge([]), { families: [] })
  })

  it('merge changes none of its snapshots', () => {
    const registry = createRegistry()
    registry.histogram({ name: 'h', help: '', buckets: [1], native: true }).observe(1, { trace_id: '1' })
    registry.counter({ name: 'c', help: '' }).inc(1, { trace_id: '1' })
    registry.gauge({ name: 'g', help: '' }).set(1)
    const snapshot = registry.collect()
    const before = structuredClone(snapshot)
    merge([snapshot, snapshot, before])
    assert.deepEqual(snapshot, before)
  })
})

describe('a conflict', () => {
  const conflicts = {
    'merge: size_bytes has the type counter in one snapshot, and gauge in another': [
      scalar('counter', size, { value: 1 }),
      scalar('gauge', size, { value: 1 }),
    ],
    'merge: size_bytes has the unit bytes in one snapshot, and size_bytes in another': [
      scalar('gauge', { ...size, unit: 'bytes' }, { value: 1 }),
      scalar('gauge', { ...size, unit: 'size_bytes' }, { value: 1 }),
    ],
    'merge: size_bytes has the merge sum in one snapshot, and max in another': [
      scalar('gauge', size, { value: 1 }),
      { ...scalar('gauge', size, { value: 1 }), merge: 'max' } as const,
    ],
    'merge: reads_total: the name reads_total is taken by reads': [
      scalar('counter', { name: 'reads' }, { value: 1 }),
      scalar('counter', { name: 'reads_total' }, { value: 1 }),
    ],
    'merge: waits_sum: the name waits_sum is taken by waits': [
      histogram({ name: 'waits', bounds: [1] }, { counts: [0, 0], sum: 0 }),
      scalar('gauge', { name: 'waits_sum' }, { value: 1 }),
    ],
  } as const
  for (const [message, [one, other]] of Object.entries(conflicts)) {
    it(message, () => {
      assert.throws(() => merge([snapshotOf(one), snapshotOf(other)]), new Error(message))
    })
  }

  it('of two help texts the first is kept, and a unit that only one snapshot has', () => {
    const one = snapshotOf(scalar('gauge', { name: 'size_bytes', help: 'One.' }, { value: 1 }))
    const other = snapshotOf(
      scalar('gauge', { name: 'size_bytes', help: 'Other.', unit: 'bytes' }, { value: 2 }),
    )
    assert.equal(
      renderOpenMetrics(merge([one, other])),
      '# HELP size_bytes One.\n# TYPE size_bytes gauge\n# UNIT size_bytes bytes\nsize_bytes 3.0\n# EOF\n',
    )
  })

  it('anything but snapshots is an error that says what was given', () => {
    const registry = createRegistry()
    const empty = registry.collect()
    const histogram = {
      name: 'a',
      type: 'histogram',
      help: '',
      labelNames: [],
      values: [],
      bounds: [],
      series: [],
    }
    const calls: [unknown, string][] = [
      [registry, 'merge: snapshots must be an array, got an object'],
      [
        [empty, registry],
        'merge: snapshots[1] must be a snapshot such as registry.collect() returns, got an object',
      ],
      [
        [undefined],
        'merge: snapshots[0] must be a snapshot such as registry.collect() returns, got undefined',
      ],
      ...[null, {}, { ...histogram, bounds: undefined }, { ...histogram, type: 'summary' }].map(
        (family): [unknown, string] => [
          [empty, { families: [histogram, family] }],
          `merge: snapshots[1].families[1] must be a metric with series, got ${family ? 'an object' : 'null'}`,
        ],
      ),
    ]
    for (const [given, message] of calls) assert.throws(() => merge(given as never), new TypeError(message))
  })
})
