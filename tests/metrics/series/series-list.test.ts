import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderProtobuf } from '../../../src/metrics/exposition/protobuf.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, type Snapshot } from '../../../src/metrics/index.ts'
import { IdentityList, listed, seriesList, withSeries } from '../../../src/metrics/series/series-list.ts'

function rendered(snapshot: Snapshot): unknown[] {
  return [renderText(snapshot), renderOpenMetrics(snapshot), renderProtobuf(snapshot)]
}

/** A snapshot of a registry with every kind of metric, with and without labels and exemplars. */
function snapshotOfEverything(): Snapshot {
  const registry = createRegistry({ now: () => 1_767_225_600_125 })
  const reads = registry.counter({ name: 'reads_total', help: 'Reads.', labels: { outcome: { max: 2 } } })
  for (const outcome of ['hit "quoted"', 'miss', 'third']) reads.with({ outcome }).inc(2)
  reads.with({ outcome: 'miss' }).inc(1, { trace_id: 'counted' })
  registry.counter({ name: 'computed_total', help: 'Computed.', value: () => 7 })
  const temperature = registry.gauge({
    name: 'temperature',
    help: 'Warm.',
    labels: { where: ['here', 'nowhere', 'star', 'void'] },
  })
  temperature.with({ where: 'nowhere' }).set(Number.NaN)
  temperature.with({ where: 'star' }).set(Number.POSITIVE_INFINITY)
  temperature.with({ where: 'void' }).set(Number.NEGATIVE_INFINITY)
  registry.gauge({ name: 'hit_ratio', help: 'Ratio.', value: () => 0.25 })
  registry.info({ name: 'app_info', help: 'App.', labels: { version: '1' } })
  const classic = registry.histogram({
    name: 'loads_seconds',
    help: 'Loads.',
    unit: 'seconds',
    labels: { cache: ['a', 'b'] },
    buckets: [0.5, 1],
  })
  classic.with({ cache: 'b' }).observe(0.75, { trace_id: 'observed' })
  const native = registry.histogram({ name: 'waits_seconds', help: 'Waits.', native: true })
  for (const seconds of [0, 0.25, 0.26, 3]) native.observe(seconds, { trace_id: String(seconds) })
  return registry.collect()
}

describe('a snapshot', () => {
  it('a snapshot renders the same after structuredClone', () => {
    const snapshot = snapshotOfEverything()
    assert.deepEqual(rendered(structuredClone(snapshot)), rendered(snapshot))
    assert.deepEqual(structuredClone(snapshot), snapshot)
  })

  it('a snapshot renders the same after postMessage', async () => {
    const snapshot = snapshotOfEverything()
    const { port1, port2 } = new MessageChannel()
    const received = new Promise<Snapshot>((resolve) => {
      port2.onmessage = ({ data }) => resolve(data)
    })
    port1.postMessage(snapshot)
    assert.deepEqual(rendered(await received), rendered(snapshot))
    port1.close()
  })

  it('a snapshot renders the same after JSON, NaN and the infinities included', () => {
    const snapshot = snapshotOfEverything()
    const parsed = JSON.parse(JSON.stringify(snapshot)) as Snapshot
    assert.deepEqual(rendered(parsed), rendered(snapshot))
    assert.deepEqual(rendered(JSON.parse(JSON.stringify(parsed)) as Snapshot), rendered(snapshot))
  })

  it('JSON of a clone keeps everything but the infinities, which become NaN', () => {
    const snapshot = snapshotOfEverything()
    const parsed = JSON.parse(JSON.stringify(structuredClone(snapshot))) as Snapshot
    assert.equal(renderText(parsed), renderText(snapshot).replaceAll(/[+-]Inf$/gm, 'NaN'))
  })

  it('a snapshot consists of plain objects, arrays, strings and numbers', () => {
    const prototypes = new Set<unknown>()
    function visit(value: unknown): void {
      if (typeof value !== 'object' || value === null) return
      prototypes.add(Object.getPrototypeOf(value))
      for (const one of Object.values(value)) visit(one)
    }
    visit(snapshotOfEverything())
    assert.deepEqual(prototypes, new Set([Object.prototype, Array.prototype]))
  })

  it('the series of a snapshot do not change when series are added later', () => {
    const registry = createRegistry()
    const reads = registry.counter({ name: 'reads_total', help: '', labels: { outcome: { max: 9 } } })
    reads.with({ outcome: 'hit' }).inc()
    const [family] = registry.collect().families
    reads.with({ outcome: 'miss' }).inc()
    assert.deepEqual(family?.series, [{ labels: ['hit'], text: 'outcome="hit"' }])
    assert.equal(family.values.length, 1)
  })
})

describe('withSeries', () => {
  const gauge = {
    type: 'gauge',
    name: 'g',
    help: '',
    unit: undefined,
    labelNames: ['l'],
    values: [1],
  } as const

  it('withSeries makes the objects of series once, when they are read', () => {
    let made = 0
    const list = {
      length: 1,
      text(): string {
        made++
        return 'l="x"'
      },
      start: () => 'g{l="x"} ',
      labels: () => ['x'],
    }
    const family = withSeries(gauge, list)
    assert.equal(made, 0)
    const { series } = family
    assert.deepEqual(series, [{ labels: ['x'], text: 'l="x"' }])
    assert.equal(family.series, series)
    assert.equal(made, 1)
  })

  it('start is that of the series if it has one, and otherwise made of name and text', () => {
    const list = new IdentityList([
      { labels: ['x'], text: 'l="x"', start: 'kept{l="x"} ' },
      { labels: ['y'], text: 'l="y"' },
      { labels: [], text: '' },
    ])
    assert.deepEqual(
      [0, 1, 2].map((i) => list.start('g', i)),
      ['kept{l="x"} ', 'g{l="y"} ', 'g '],
    )
  })

  it('a copy with other series is rendered with these', () => {
    const family = withSeries(gauge, new IdentityList([{ labels: ['x'], text: 'l="x"' }]))
    const copy = { ...family, series: [{ labels: ['y'], text: 'l="y"' }] }
    assert.equal(renderText({ families: [copy] }), '# HELP g \n# TYPE g gauge\ng{l="y"} 1\n')
  })

  it('listed returns a family with a list as it is', () => {
    const family = withSeries(gauge, new IdentityList([{ labels: ['x'], text: 'l="x"' }]))
    assert.equal(listed(family), family)
    assert.equal(listed(structuredClone(family))[seriesList].text(0), 'l="x"')
  })
})
