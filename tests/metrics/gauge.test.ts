import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRegistry } from '../../src/metrics/index.ts'
import { renderText } from '../../src/metrics/text.ts'

describe('a gauge', () => {
  test('is what it was last set to, and moves from there', () => {
    const registry = createRegistry()
    const entries = registry.gauge({ name: 'entries', help: 'Entries.' })
    const shown = () => renderText(registry.collect()).split('\n').at(2)
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

  test('shows what is no number as Prometheus writes it', () => {
    const registry = createRegistry()
    const entries = registry.gauge({ name: 'entries', help: 'Entries.' })
    for (const [value, written] of [
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, '+Inf'],
      [Number.NEGATIVE_INFINITY, '-Inf'],
    ] as const) {
      entries.set(value)
      assert.equal(
        renderText(registry.collect()),
        `# HELP entries Entries.\n# TYPE entries gauge\nentries ${written}\n`,
      )
    }
  })

  test('moves by finite numbers only, is set to numbers only, and is not changed by anything else', () => {
    const registry = createRegistry()
    const entries = registry.gauge({ name: 'entries', help: 'Entries.' })
    entries.set(3)
    for (const n of [Number.NaN, Number.POSITIVE_INFINITY, '1', null, {}] as number[]) {
      assert.throws(() => entries.inc(n), /^RangeError: entries: a gauge is moved by a finite number/)
      assert.throws(() => entries.dec(n), /^RangeError: entries: a gauge is moved by a finite number/)
    }
    for (const value of ['1', null, undefined, 1n] as unknown as number[]) {
      assert.throws(() => entries.set(value), /^TypeError: entries: a gauge is set to a number/)
    }
    assert.equal(renderText(registry.collect()), '# HELP entries Entries.\n# TYPE entries gauge\nentries 3\n')
  })
})

describe('a gauge with labels', () => {
  test('keeps each series apart', () => {
    const registry = createRegistry()
    const up = registry.gauge({ name: 'tier_up', help: 'Up.', labels: { tier: ['memory', 'remote'] } })
    up.with({ tier: 'remote' }).set(1)
    up.with({ tier: 'memory' }).inc()
    up.with({ tier: 'memory' }).inc()
    assert.equal(
      renderText(registry.collect()),
      '# HELP tier_up Up.\n# TYPE tier_up gauge\ntier_up{tier="memory"} 2\ntier_up{tier="remote"} 1\n',
    )
  })

  test('is bound first, and once', () => {
    const registry = createRegistry()
    const up = registry.gauge({ name: 'tier_up', help: 'Up.', labels: { tier: ['memory'] } })
    // @ts-expect-error a family is no series
    assert.throws(() => up.set(1), /^TypeError: tier_up has labels: .*\.set/)
    // @ts-expect-error a family is no series
    assert.throws(() => up.inc(), /^TypeError: tier_up has labels: .*\.inc/)
    // @ts-expect-error a family is no series
    assert.throws(() => up.dec(), /^TypeError: tier_up has labels: .*\.dec/)
    // @ts-expect-error its labels are bound
    assert.throws(() => up.with({ tier: 'memory' }).with({}), /^TypeError: tier_up: its labels are bound/)
  })
})
