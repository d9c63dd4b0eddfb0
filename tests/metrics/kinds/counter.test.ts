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

describe('a counter with scale', () => {
  it('inc adds fractions, rounded to the scale', () => {
    const registry = strictRegistry()
    const busy = registry.counter({
      name: 'busy_seconds_total',
      help: 'B.',
      unit: 'seconds',
      scale: 1e9,
      labels: { of: ['a', 'b'] },
    })
    const spent = registry.counter({ name: 'spent_total', help: 'S.', scale: 100 })
    for (const n of [0.25, 0, 1, 2.5, 1e-9, 4e-10]) busy.with({ of: 'a' }).inc(n)
    for (let i = 0; i < 10; i++) spent.inc(0.1)
    spent.inc()
    spent.inc(1e10, { trace_id: 'x' })
    registry.gauge({
      name: 'read',
      help: 'R.',
      value: (read) => read(busy.with({ of: 'a' })) + [...read.each(busy)].length,
    })
    const { families } = registry.collect()
    assert.deepEqual(
      families.map(({ values }) => values),
      [[3.750000001, 0], [1e10 + 2], [5.750000001]],
    )
    assert.partialDeepStrictEqual(families[1], { exemplars: [{ value: 1e10 }] })
  })

  it('inc takes any finite number from 0, and the sum never falls or wraps', () => {
    const registry = strictRegistry()
    const busy = registry.counter({ name: 'busy_total', help: 'B.', scale: 1e9 })
    const value = () => registry.collect().families[0]?.values[0] ?? Number.NaN
    let exact = 0
    for (const n of [5, 9.2e9, 2 ** 40, 2 ** 53, 1e30, 0.5]) {
      busy.inc(n)
      exact += n
      assert.ok(Math.abs(value() - exact) <= exact * 1e-15, `${n}: ${value()}`)
    }
    for (const n of [Number.MAX_VALUE, Number.MAX_VALUE]) busy.inc(n)
    assert.equal(value(), Number.MAX_VALUE / 1e9)
    for (const n of [-1, -1e-12, Number.NaN, Number.POSITIVE_INFINITY, '1', 1n] as number[]) {
      assert.throws(() => busy.inc(n), /^RangeError: busy_total: inc takes a finite number from 0, got/)
    }
    assert.equal(value(), Number.MAX_VALUE / 1e9)
  })

  it('scale is a whole number from 1, and only for counters that are counted', () => {
    const registry = strictRegistry()
    const declare = (options: object) => registry.counter({ name: 'a_total', help: 'A.', ...options })
    for (const scale of [0, 0.5, Number.NaN]) {
      assert.throws(
        () => declare({ scale }),
        /^RangeError: a_total: scale must be a whole number from 1, got/,
      )
    }
    assert.throws(() => declare({ scale: 10, value: () => 1 }), /^TypeError: a_total: scale is for counters/)
    declare({ scale: 10 })
    assert.throws(() => declare({}), /^Error: a_total is declared already, with scale 10, not undefined$/)
  })
})

it('a counter passes the end of its integer cell', () => {
  const registry = strictRegistry()
  const bytes = registry.counter({ name: 'bytes_total', help: 'B.' })
  const value = () => registry.collect().families[0]?.values[0] ?? Number.NaN
  for (let i = 0; i < 1100; i++) bytes.inc(Number.MAX_SAFE_INTEGER) // the cell ends at 1024 times that
  const before = value()
  assert.ok(Math.abs(before - 1100 * 2 ** 53) < 1e6, `${before}`)
  for (let i = 0; i < 10; i++) bytes.inc(2 ** 31 - 1)
  assert.ok(Math.abs(value() - before - 10 * 2 ** 31) < 1e6, `${value()}`)
})
