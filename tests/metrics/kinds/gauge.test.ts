import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRegistry } from '../../../src/metrics/index.ts'
import { strictRegistry, textWithoutErrors } from '../../support/strict-registry.ts'

describe('a gauge', () => {
  it('a gauge shows its last value, and inc and dec change it', () => {
    const registry = strictRegistry()
    const entries = registry.gauge({ name: 'entries', help: 'Entries.' })
    const shown = () => textWithoutErrors(registry).split('\n').at(2)
    assert.equal(shown(), 'entries 0')
    entries.inc()
    entries.inc(2.5)
    assert.equal(shown(), 'entries 3.5')
    entries.dec()
    entries.dec(10)
    assert.equal(shown(), 'entries -7.5')
    entries.set(2 ** 53 - 1)
    entries.dec()
    assert.equal(shown(), `entries ${2 ** 53 - 2}`)
    entries.set(1e-7)
    assert.equal(shown(), 'entries 1e-7')
  })

  it('NaN and the infinities are written as in Prometheus', () => {
    const registry = strictRegistry()
    const entries = registry.gauge({ name: 'entries', help: 'Entries.' })
    for (const [value, written] of [
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, '+Inf'],
      [Number.NEGATIVE_INFINITY, '-Inf'],
    ] as const) {
      entries.set(value)
      assert.equal(
        textWithoutErrors(registry),
        `# HELP entries Entries.\n# TYPE entries gauge\nentries ${written}\n`,
      )
    }
  })

  it('inc and dec take finite numbers, set takes numbers, and other values change nothing', () => {
    const registry = strictRegistry()
    const entries = registry.gauge({ name: 'entries', help: 'Entries.' })
    entries.set(3)
    for (const n of [Number.NaN, Number.POSITIVE_INFINITY, '1', null, {}] as number[]) {
      assert.throws(() => entries.inc(n), /^RangeError: entries: inc and dec take a finite number/)
      assert.throws(() => entries.dec(n), /^RangeError: entries: inc and dec take a finite number/)
    }
    for (const value of ['1', null, undefined, 1n] as unknown as number[]) {
      assert.throws(() => entries.set(value), /^TypeError: entries: set takes a number/)
    }
    assert.equal(textWithoutErrors(registry), '# HELP entries Entries.\n# TYPE entries gauge\nentries 3\n')
  })
})

describe('a gauge with labels', () => {
  it('each series of a gauge has its own value', () => {
    const registry = strictRegistry()
    const up = registry.gauge({ name: 'tier_up', help: 'Up.', labels: { tier: ['memory', 'remote'] } })
    up.with({ tier: 'remote' }).set(1)
    up.with({ tier: 'memory' }).inc()
    up.with({ tier: 'memory' }).inc()
    assert.equal(
      textWithoutErrors(registry),
      '# HELP tier_up Up.\n# TYPE tier_up gauge\ntier_up{tier="memory"} 2\ntier_up{tier="remote"} 1\n',
    )
  })

  it('labels are bound before set, inc and dec, and only once', () => {
    const registry = strictRegistry()
    const up = registry.gauge({ name: 'tier_up', help: 'Up.', labels: { tier: ['memory'] } })
    // @ts-expect-error its labels are not bound
    assert.throws(() => up.set(1), /^TypeError: tier_up has labels: .*\.set/)
    // @ts-expect-error its labels are not bound
    assert.throws(() => up.inc(), /^TypeError: tier_up has labels: .*\.inc/)
    // @ts-expect-error its labels are not bound
    assert.throws(() => up.dec(), /^TypeError: tier_up has labels: .*\.dec/)
    // @ts-expect-error its labels are bound
    assert.throws(() => up.with({ tier: 'memory' }).with({}), /^TypeError: tier_up: its labels are bound/)
  })
})

describe('a gauge with threads: latest', () => {
  it('a latest gauge has set, but neither inc nor dec', () => {
    const registry = strictRegistry()
    const config = registry.gauge({ name: 'config', help: 'C.', threads: 'latest' })
    const tiers = registry.gauge({
      name: 'tiers',
      help: 'T.',
      threads: 'latest',
      labels: { tier: ['memory'] },
    })
    config.set(2)
    config.set(-1.5)
    tiers.with({ tier: 'memory' }).set(Number.NaN)
    // @ts-expect-error it has no inc
    assert.throws(() => config.inc(), /^TypeError: config: a gauge with threads 'latest' has only set$/)
    // @ts-expect-error it has no dec
    assert.throws(() => config.dec(), /^TypeError: config: a gauge with threads 'latest' has only set$/)
    const bound = tiers.with({ tier: 'memory' })
    // @ts-expect-error it has no inc
    assert.throws(() => bound.inc(), /^TypeError: tiers: a gauge with threads 'latest' has only set$/)
    assert.match(textWithoutErrors(registry), /^config -1.5$/m)
    assert.match(textWithoutErrors(registry), /^tiers{tier="memory"} NaN$/m)
  })
})

it('a gauge computed per thread is shown like other gauges', () => {
  const errors: string[] = []
  const registry = createRegistry({ onError: (error, metric) => errors.push(`${metric}: ${error}`) })
  let heap: unknown = 5
  registry.gauge({ name: 'heap', help: 'H.', threads: 'sum', value: () => heap as number })
  registry.gauge({ name: 'lag', help: 'L.', threads: 'max', value: () => -3 })
  assert.match(textWithoutErrors(registry), /^heap 5\n.*\n.*\nlag -3$/m)
  heap = 7
  assert.match(textWithoutErrors(registry), /^heap 7$/m)
  heap = '7'
  assert.match(textWithoutErrors(registry), /^heap NaN$/m)
  assert.deepEqual(errors, ['heap: TypeError: heap: the computed value must be a number, got string'])
})

it('a gauge with labels is computed per thread', () => {
  const errors: string[] = []
  const registry = createRegistry({ onError: (error, metric) => errors.push(`${metric}: ${error}`) })
  const entries = new Map([
    ['a', 1],
    ['b', 2],
  ])
  registry.gauge({
    name: 'entries',
    help: 'E.',
    threads: 'sum',
    labels: { cache: { max: 2 } },
    *values() {
      for (const [cache, value] of entries) yield [{ cache }, value]
    },
  })
  registry.gauge({
    name: 'lag',
    help: 'L.',
    threads: 'max',
    labels: { loop: ['main'] },
    values: () => [[{ loop: 'main' }, -3]],
  })
  assert.equal(
    textWithoutErrors(registry),
    `# HELP entries E.
# TYPE entries gauge
entries{cache="a"} 1
entries{cache="b"} 2
# HELP lag L.
# TYPE lag gauge
lag{loop="main"} -3
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="entries"} 0
`,
  )
  entries.delete('a')
  entries.set('c', 4).set('d', 8)
  assert.match(
    textWithoutErrors(registry),
    /^entries{cache="a"} 0\nentries{cache="b"} 2\nentries{cache="other"} 12$/m,
  )
  assert.deepEqual(errors, [])
})

it('threads must be sum, max or latest, and a gauge with labels takes values', () => {
  const registry = strictRegistry()
  const threads = 'min' as 'max'
  assert.throws(
    () => registry.gauge({ name: 'a', help: 'A.', threads }),
    /^TypeError: a: threads must be sum, max or latest, got "min"$/,
  )
  const message = /^TypeError: a: a metric without labels takes value, one with labels takes values$/
  const labels = { b: ['c'] } as const
  // @ts-expect-error labels, and one value
  const labelled = () => registry.gauge({ name: 'a', help: 'A.', threads: 'sum', labels, value: () => 1 })
  assert.throws(labelled, message)
  // @ts-expect-error values, but no labels
  const unlabelled = () => registry.gauge({ name: 'a', help: 'A.', threads: 'sum', values: () => [] })
  assert.throws(unlabelled, message)
  registry.gauge({ name: 'a', help: 'The name is still free.' })
})
