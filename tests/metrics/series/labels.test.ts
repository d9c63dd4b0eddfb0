import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRegistry } from '../../../src/metrics/index.ts'
import { readLabels, writeLabels } from '../../../src/metrics/series/labels.ts'
import { strictRegistry, textWithoutErrors } from '../../support/strict-registry.ts'

const closed = { outcome: ['hit', 'miss'] } as const

describe('closed labels', () => {
  it('closed labels accept their declared values, in any order of names, and nothing else', () => {
    const reads = strictRegistry().counter({
      name: 'reads_total',
      help: 'Reads.',
      labels: { ...closed, tier: ['memory', 'remote'] },
    })
    assert.equal(
      reads.with({ outcome: 'hit', tier: 'remote' }),
      reads.with({ tier: 'remote', outcome: 'hit' }),
    )
    assert.throws(
      // @ts-expect-error not one of its values
      () => reads.with({ outcome: 'nope', tier: 'remote' }),
      /^RangeError: reads_total: label outcome must be one of "hit", "miss", got "nope"/,
    )
    // @ts-expect-error a label is missing
    const tooFew = () => reads.with({ outcome: 'hit' })
    assert.throws(tooFew, /^TypeError: reads_total: labels must be outcome, tier, got outcome$/)
    // @ts-expect-error no such label
    const tooMany = () => reads.with({ outcome: 'hit', tier: 'remote', cache: 'a' })
    assert.throws(tooMany, /^TypeError: reads_total: labels must be outcome, tier, got outcome, tier, cache$/)
    // @ts-expect-error no such label
    const misnamed = () => reads.with({ outcome: 'hit', cache: 'a' })
    assert.throws(misnamed, /^TypeError: reads_total: label tier must be a string, got undefined$/)
    // @ts-expect-error labels are an object
    assert.throws(() => reads.with(), /^TypeError: reads_total: labels must be outcome, tier, got none/)
  })

  it('closed labels keep their types when declared in a variable', () => {
    const reads = strictRegistry().counter({ name: 'reads_total', help: 'Reads.', labels: closed })
    reads.with({ outcome: 'miss' }).inc()
    // @ts-expect-error not one of its values
    assert.throws(() => reads.with({ outcome: 'stale' }))
  })

  it('closed labels are checked at the declaration', () => {
    const declare = (outcome: string[]) =>
      strictRegistry().counter({ name: 'reads_total', help: 'Reads.', labels: { outcome } })
    assert.throws(() => declare([]), /^Error: reads_total: label outcome lists no value/)
    assert.throws(() => declare(['hit', 'hit']), /^Error: reads_total: label outcome lists "hit" twice/)
    assert.throws(
      () => declare([1] as unknown as string[]),
      /^TypeError: reads_total: label outcome must be a string/,
    )
  })

  it('closed labels do not change with the declared array', () => {
    const outcome = ['hit']
    const reads = strictRegistry().counter({ name: 'reads_total', help: 'Reads.', labels: { outcome } })
    outcome.push('miss')
    assert.throws(() => reads.with({ outcome: 'miss' }), /^RangeError: reads_total/)
  })
})

describe('open labels', () => {
  it('open labels accept any string, and have no series before the first lookup', () => {
    const registry = strictRegistry()
    const requests = registry.counter({ name: 'requests_total', help: 'R.', labels: { route: { max: 10 } } })
    assert.equal(
      textWithoutErrors(registry),
      `# HELP requests_total R.
# TYPE requests_total counter
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="requests_total"} 0
`,
    )
    for (const route of ['', '__proto__', 'constructor', 'toString', '/users/:id'])
      requests.with({ route }).inc()
    requests.with({ route: '__proto__' }).inc()
    assert.equal(
      samplesOf(textWithoutErrors(registry), 'requests_total'),
      `requests_total{route=""} 1
requests_total{route="__proto__"} 2
requests_total{route="constructor"} 1
requests_total{route="toString"} 1
requests_total{route="/users/:id"} 1`,
    )
  })

  it('open labels above their maximum use "other", and the registry counts them', () => {
    const registry = strictRegistry()
    const requests = registry.counter({
      name: 'requests_total',
      help: 'R.',
      labels: { method: ['GET', 'PUT'], route: { max: 2 } },
    })
    for (const route of ['/a', '/b', '/c', '/d', '/a', '/c']) requests.with({ method: 'GET', route }).inc()
    // The maximum applies to the label, not to each method.
    requests.with({ method: 'PUT', route: '/c' }).inc()
    requests.with({ method: 'PUT', route: '/b' }).inc()
    const text = textWithoutErrors(registry)
    assert.equal(
      samplesOf(text, 'requests_total'),
      `requests_total{method="GET",route="/a"} 2
requests_total{method="GET",route="/b"} 1
requests_total{method="GET",route="other"} 3
requests_total{method="PUT",route="other"} 1
requests_total{method="PUT",route="/b"} 1`,
    )
    assert.equal(
      samplesOf(text, 'metrics_label_overflows_total'),
      'metrics_label_overflows_total{metric="requests_total"} 4',
    )
  })

  it('open labels have a bounded number of series for any values', () => {
    const registry = strictRegistry()
    const requests = registry.counter({
      name: 'requests_total',
      help: 'R.',
      labels: { route: { max: 3 }, agent: { max: 4 } },
    })
    for (let i = 0; i < 500; i++) requests.with({ route: `/${i % 37}`, agent: `${i % 41}` }).inc()
    const [family] = registry.collect().families
    assert.ok(family)
    assert.ok(family.series.length <= (3 + 1) * (4 + 1))
    assert.equal(
      family.values.reduce((sum, n) => sum + n, 0),
      500,
    )
  })

  it('the value "other" shares the overflow series, takes no place and is not counted as an overflow', () => {
    const registry = strictRegistry()
    const requests = registry.counter({ name: 'requests_total', help: 'R.', labels: { route: { max: 1 } } })
    for (const route of ['other', '/a', 'other', '/b']) requests.with({ route }).inc()
    const text = textWithoutErrors(registry)
    assert.equal(
      samplesOf(text, 'requests_total'),
      'requests_total{route="other"} 3\nrequests_total{route="/a"} 1',
    )
    assert.equal(
      samplesOf(text, 'metrics_label_overflows_total'),
      'metrics_label_overflows_total{metric="requests_total"} 1',
    )
  })

  it('open labels reject values that are not strings, which take no place', () => {
    const registry = strictRegistry()
    const requests = registry.counter({
      name: 'requests_total',
      help: 'R.',
      labels: { route: { max: 1 }, method: ['GET'] },
    })
    for (const route of [1, null, undefined, {}, ['/a'], true, Symbol('a')] as unknown as string[]) {
      assert.throws(
        () => requests.with({ route, method: 'GET' }),
        /^TypeError: requests_total: label route must be/,
      )
    }
    // @ts-expect-error label values must be strings
    assert.throws(() => requests.with({ route: 1, method: 'GET' }))
    const method = 'nope' as 'GET'
    assert.throws(
      () => requests.with({ route: '/lost', method }),
      /^RangeError: requests_total: label method/,
    )
    requests.with({ route: '/a', method: 'GET' }).inc()
    assert.equal(
      samplesOf(textWithoutErrors(registry), 'requests_total'),
      'requests_total{route="/a",method="GET"} 1',
    )
  })

  it('open labels require a maximum that is a whole number from 1', () => {
    for (const max of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
      assert.throws(
        () => strictRegistry().counter({ name: 'r_total', help: 'R.', labels: { route: { max } } }),
        /^RangeError: r_total: label route: max must be a whole number from 1/,
      )
    }
  })

  it('malformed UTF-16 is counted under its UTF-8 replacement, so no line appears twice', () => {
    const registry = strictRegistry()
    const requests = registry.counter({ name: 'requests_total', help: 'R.', labels: { route: { max: 10 } } })
    for (const route of ['a\ud800', 'a\udfff', 'a\ufffd']) requests.with({ route }).inc()
    assert.equal(
      samplesOf(textWithoutErrors(registry), 'requests_total'),
      'requests_total{route="a\ufffd"} 3',
    )
  })
})

describe('label names', () => {
  const declare = (name: string) =>
    strictRegistry().counter({ name: 'reads_total', help: 'Reads.', labels: { [name]: ['a'] } })

  it('label names must match the grammar', () => {
    for (const name of ['', '0a', 'a-b', 'a b', 'a:b', 'é', 'a\n', 'a"']) {
      assert.throws(
        () => declare(name),
        /^Error: reads_total: label name .* must match/,
        JSON.stringify(name),
      )
    }
    for (const name of ['a', '_', '_a', 'A9', 'constructor', 'le']) declare(name)
  })

  it('label names may be names of Object.prototype', () => {
    const registry = strictRegistry()
    const labels = { constructor: ['a', 'b'], toString: { max: 2 } } as const
    const reads = registry.counter({ name: 'reads_total', help: 'R.', labels })
    reads.with({ constructor: 'b', toString: 'hasOwnProperty' }).inc()
    assert.equal(
      samplesOf(textWithoutErrors(registry), 'reads_total'),
      'reads_total{constructor="b",toString="hasOwnProperty"} 1',
    )
    const missing = { other: 'x', toString: 'y' } as unknown as Parameters<typeof reads.with>[0]
    assert.throws(
      () => reads.with(missing),
      /^TypeError: reads_total: label constructor must be a string, got a function$/,
    )
  })

  it('label names must map to a list of values or a maximum', () => {
    for (const spec of ['hit', null, undefined, 5] as never[]) {
      assert.throws(
        () => strictRegistry().counter({ name: 'r_total', help: 'R.', labels: { outcome: spec } }),
        /^TypeError: r_total: label outcome must be a list of values or \{ max \}, got /,
      )
    }
  })

  it('labels must be an object, not a list of names', () => {
    for (const labels of [['outcome'], 'outcome', null] as never[]) {
      assert.throws(
        () => strictRegistry().counter({ name: 'r_total', help: 'R.', labels }),
        /^TypeError: counter r_total: labels must be an object, got (an array|"\w+"|null)$/,
      )
    }
  })

  it('label names must not begin with two underscores', () => {
    assert.throws(() => declare('__name__'), /^Error: reads_total: label __name__: names that begin with __/)
  })

  it('label le is reserved on a histogram', () => {
    assert.throws(
      () =>
        strictRegistry().histogram({ name: 'd_seconds', help: 'D.', buckets: [1], labels: { le: ['1'] } }),
      /^Error: d_seconds: label le is reserved/,
    )
  })

  it('labels must not be empty', () => {
    assert.throws(
      () => strictRegistry().counter({ name: 'reads_total', help: 'Reads.', labels: {} }),
      /^Error: reads_total: labels is empty/,
    )
  })
})

it('different label sets never share a series, and equal ones always do', () => {
  // Values that other libraries have confused: separators, quotes, escapes, the empty string, text like a pair.
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '|', ',', '=', '"', '\\', '\n', '{', '}', ' ', '\0') }),
    fc.constantFrom('__proto__', 'constructor', 'a",b="', ''),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value, value), { maxLength: 30 }), (sets) => {
      const registry = strictRegistry()
      const family = registry.counter({
        name: 'x_total',
        help: 'X.',
        labels: { a: { max: 100 }, b: { max: 100 }, c: { max: 100 } },
      })
      const handles = sets.map(([a, b, c]) => family.with({ a: `_${a}`, b: `_${b}`, c: `_${c}` }))
      for (const [i, one] of sets.entries()) {
        for (const [j, another] of sets.entries()) {
          const same = one.every((part, k) => part === another[k])
          assert.equal(handles[i] === handles[j], same)
        }
      }
    }),
  )
})

it('different computed label sets never share a series, and never count as duplicates', () => {
  const value = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '|', ',', '=', '"', '\\', '\n', '{', '}'), maxLength: 4 }),
    fc.constantFrom('__proto__', 'constructor', 'a",b="', '', '\ud800', '\ufffd'),
  )
  const sets = fc.uniqueArray(fc.tuple(value, value), {
    maxLength: 30,
    selector: ([a, b]) => JSON.stringify([a.toWellFormed(), b.toWellFormed()]),
  })
  fc.assert(
    fc.property(sets, (given) => {
      const failures: unknown[] = []
      const registry = createRegistry({ onError: (error) => failures.push(error) })
      registry.gauge({
        name: 'x',
        help: 'X.',
        labels: { a: { max: 100 }, b: { max: 100 } },
        values: () => given.map(([a, b], i) => [{ a, b }, i]),
      })
      const [family] = registry.collect().families
      assert.deepEqual(failures, [])
      assert.deepEqual(
        family?.series.map(({ labels }) => labels),
        given.map((labels) => labels.map((one) => one.toWellFormed())),
      )
      assert.deepEqual([...(family?.values ?? [])], [...given.keys()])
      assert.equal(new Set(family?.series.map(({ text }) => text)).size, given.length)
    }),
  )
})

it('readLabels returns the values that writeLabels has written', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'\\"\n,=an') }))
  const name = fc.stringMatching(/^[a-z_]{1,3}$/)
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), (labels) => {
      const [names, values] = [Object.keys(labels), Object.values(labels)]
      assert.deepEqual(readLabels(names, writeLabels(names, values)), values)
    }),
  )
})

function samplesOf(text: string, name: string): string {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .join('\n')
}
