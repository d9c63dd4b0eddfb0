import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { strictRegistry, textWithoutErrors } from '../../support/strict-registry.ts'

describe('a counter', () => {
  it('a counter starts at 0, and inc adds 1 by default', () => {
    const registry = strictRegistry()
    const reads = registry.counter({ name: 'reads_total', help: 'Reads.' })
    assert.equal(
      textWithoutErrors(registry),
      '# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total 0\n',
    )
    reads.inc()
    reads.inc(0)
    reads.inc(41)
    assert.equal(
      textWithoutErrors(registry),
      '# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total 42\n',
    )
  })

  it('inc adds steps of any size exactly', () => {
    for (const step of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 2]) {
      const registry = strictRegistry()
      const reads = registry.counter({ name: 'reads_total', help: 'Reads.' })
      reads.inc(step)
      reads.inc()
      assert.equal(
        textWithoutErrors(registry),
        `# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total ${step + 1}\n`,
      )
    }
  })

  it('inc rejects all but whole numbers from 0 to 2^53 - 1, and changes nothing', () => {
    const registry = strictRegistry()
    const reads = registry.counter({ name: 'reads_total', help: 'Reads.' })
    reads.inc(5)
    const before = textWithoutErrors(registry)
    for (const n of [Number.NaN, -1, -(2 ** 31), 0.5, 2 ** 31 + 0.5, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => reads.inc(n), /^RangeError: reads_total: inc takes a whole number/, `inc(${n})`)
    }
    for (const n of ['1', null, {}, [1], true, 1n, Symbol('1')] as unknown as number[]) {
      assert.throws(() => reads.inc(n), /reads_total|BigInt|Symbol|symbol/)
    }
    assert.equal(textWithoutErrors(registry), before)
  })
})

describe('a counter with labels', () => {
  it('each series of a counter has its own count', () => {
    const registry = strictRegistry()
    const reads = registry.counter({
      name: 'reads_total',
      help: 'Reads.',
      labels: { outcome: ['hit', 'miss'], cache: ['a', 'b'] },
    })
    const hits = reads.with({ outcome: 'hit', cache: 'a' })
    hits.inc()
    hits.inc(2)
    reads.with({ cache: 'b', outcome: 'miss' }).inc(4)
    assert.equal(
      textWithoutErrors(registry),
      `# HELP reads_total Reads.
# TYPE reads_total counter
reads_total{outcome="hit",cache="a"} 3
reads_total{outcome="hit",cache="b"} 0
reads_total{outcome="miss",cache="a"} 0
reads_total{outcome="miss",cache="b"} 4
`,
    )
  })

  it('labels must be bound before inc', () => {
    const reads = strictRegistry().counter({ name: 'reads_total', help: 'R.', labels: { outcome: ['hit'] } })
    // @ts-expect-error its labels are not bound
    const count = () => reads.inc()
    assert.throws(count, {
      name: 'TypeError',
      message: 'reads_total has labels: bind them first, .with({ outcome: … }).inc(…)',
    })
  })

  it('labels are bound only once', () => {
    const registry = strictRegistry()
    const plain = registry.counter({ name: 'reads_total', help: 'Reads.' })
    // @ts-expect-error it has no labels
    const bind = () => plain.with({ outcome: 'hit' })
    assert.throws(bind, { name: 'TypeError', message: 'reads_total: it was declared without labels' })

    const loads = registry.counter({ name: 'loads_total', help: 'Loads.', labels: { result: ['ok'] } })
    const bound = loads.with({ result: 'ok' })
    // @ts-expect-error its labels are bound
    const bindAgain = () => bound.with({ result: 'ok' })
    assert.throws(bindAgain, { name: 'TypeError', message: 'loads_total: its labels are bound' })
  })
})
