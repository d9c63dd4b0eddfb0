import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { type Counter, createRegistry, type Registry, type RegistryOptions } from '../../src/metrics/index.ts'
import { textWithoutErrors } from '../support/strict-registry.ts'

describe('options of a registry and its metrics', () => {
  const metric = { name: 'a', help: 'A.' }

  it('unknown options throw a TypeError that names the nearest option', () => {
    const registry = createRegistry()
    const calls: [call: () => unknown, message: string][] = [
      [
        // @ts-expect-error
        () => createRegistry({ onErorr: () => {} }),
        'createRegistry: unknown option "onErorr"; did you mean "onError"?',
      ],
      // @ts-expect-error
      [() => registry.share({ maxbytes: 1e6 }), 'share: unknown option "maxbytes"; did you mean "maxBytes"?'],
      [
        // @ts-expect-error
        () => registry.counter({ ...metric, name: 'requests_total', lables: { route: { max: 5 } } }),
        'counter requests_total: unknown option "lables"; did you mean "labels"?',
      ],
      [
        // @ts-expect-error the option of prom-client
        () => registry.counter({ ...metric, labelNames: ['b'] }),
        'counter a: unknown option "labelNames"; did you mean "labels"?',
      ],
      [
        // @ts-expect-error counters have no such option
        () => registry.counter({ ...metric, threads: 'max' }),
        'counter a: unknown option "threads"; the options are name, help, labels, unit, value, values, scale',
      ],
      [
        // @ts-expect-error the option of prom-client
        () => registry.gauge({ ...metric, collect() {} }),
        'gauge a: unknown option "collect"; the options are name, help, labels, unit, value, values, threads, merge',
      ],
      [
        // @ts-expect-error the option of prom-client
        () => registry.histogram({ ...metric, percentiles: [0.5] }),
        'histogram a: unknown option "percentiles"; the options are name, help, labels, unit, buckets, native, scale',
      ],
      [
        // @ts-expect-error
        () => registry.histogram({ ...metric, buckets: [1], value: () => 1 }),
        'histogram a: unknown option "value"; the options are name, help, labels, unit, buckets, native, scale',
      ],
    ]
    for (const [call, message] of calls) assert.throws(call, { name: 'TypeError', message })
    assert.equal(renderText(registry.collect()), '')
  })

  it('options of the wrong type throw a TypeError that names the expected and the actual type', () => {
    const registry = createRegistry()
    const wrong = (value: unknown) => value as never
    const calls: [call: () => unknown, message: string][] = [
      [() => createRegistry(wrong(5)), 'createRegistry: options must be an object, got 5'],
      [() => createRegistry({ now: wrong(5) }), 'createRegistry: now must be a function, got 5'],
      [
        () => createRegistry({ onError: wrong(null) }),
        'createRegistry: onError must be a function, got null',
      ],
      [() => registry.share({ maxBytes: wrong('1e6') }), 'share: maxBytes must be a number, got "1e6"'],
      [() => registry.counter(wrong('a')), 'counter: options must be an object, got "a"'],
      [() => registry.counter(wrong(undefined)), 'counter: name must be a string, got undefined'],
      [() => registry.counter({ ...metric, name: wrong(1) }), 'counter: name must be a string, got 1'],
      [
        () => registry.gauge({ ...metric, help: wrong(undefined) }),
        'gauge a: help must be a string, got undefined',
      ],
      [() => registry.gauge({ ...metric, unit: wrong(1) }), 'gauge a: unit must be a string, got 1'],
      [() => registry.gauge({ ...metric, value: wrong(1) }), 'gauge a: value must be a function, got 1'],
      [() => registry.gauge({ ...metric, threads: wrong(4) }), 'gauge a: threads must be a string, got 4'],
      [
        () => registry.gauge({ ...metric, labels: wrong(['b']) }),
        'gauge a: labels must be an object, got an array',
      ],
      [
        () => registry.histogram({ ...metric, buckets: wrong(1) }),
        'histogram a: buckets must be an array, got 1',
      ],
      [
        () => registry.histogram({ ...metric, native: wrong(3) }),
        'histogram a: native must be a boolean or an object, got 3',
      ],
      [
        () => registry.histogram({ ...metric, native: true, scale: wrong('1') }),
        'histogram a: scale must be a number, got "1"',
      ],
      [
        () => registry.info({ name: 'a_info', help: 'A.', labels: wrong('b') }),
        'info a_info: labels must be an object, got "b"',
      ],
    ]
    for (const [call, message] of calls) assert.throws(call, { name: 'TypeError', message })
    assert.equal(renderText(registry.collect()), '')
  })

  it('an option that is undefined counts as absent', () => {
    const registry = createRegistry({ now: undefined, onError: undefined } as unknown as RegistryOptions)
    registry.gauge({ ...metric, threads: undefined, typo: undefined } as typeof metric)
    assert.equal(renderText(registry.collect()), '# HELP a A.\n# TYPE a gauge\na 0\n')
  })
})

describe('metric names', () => {
  it('metric names must match the grammar', () => {
    for (const name of ['', '0a', 'a-b', 'a b', 'a.b', 'é', 'a\n']) {
      assert.throws(
        () => createRegistry().counter({ name, help: 'H.' }),
        /must match \[a-zA-Z_:\]/,
        JSON.stringify(name),
      )
    }
    for (const name of ['a', '_a', 'a:b', 'A9', 'constructor']) createRegistry().counter({ name, help: 'H.' })
  })

  it('metric names must not begin with two underscores', () => {
    assert.throws(
      () => createRegistry().counter({ name: '__a', help: 'H.' }),
      /^Error: __a: names that begin with __/,
    )
  })

  it('a metric requires a help text', () => {
    const help = undefined as unknown as string
    assert.throws(
      () => createRegistry().gauge({ name: 'a', help }),
      /^TypeError: gauge a: help must be a string, got undefined$/,
    )
  })

  it('metric names must not collide with a histogram’s sample names, in either order', () => {
    for (const suffix of ['_bucket', '_sum', '_count']) {
      const registry = createRegistry()
      registry.histogram({ name: 'a', help: 'H.', buckets: [1] })
      const taken = { name: `a${suffix}`, help: 'H.' }
      assert.throws(
        () => registry.counter(taken),
        new RegExp(`^Error: a${suffix}: the name a${suffix} is taken by a$`),
      )

      const other = createRegistry()
      other.counter(taken)
      const late = { name: 'a', help: 'H.', buckets: [1] }
      assert.throws(
        () => other.histogram(late),
        new RegExp(`^Error: a: the name a${suffix} is taken by a${suffix}$`),
      )
      other.gauge({ name: 'a', help: 'Free: the histogram was refused as a whole.' })
    }
  })

  it('metric names must not collide with names that a format derives, in either order', () => {
    const counter = (name: string) => (registry: Registry) => registry.counter({ name, help: 'H.' })
    const gauge = (name: string) => (registry: Registry) => registry.gauge({ name, help: 'H.' })
    const histogram = (name: string) => (registry: Registry) =>
      registry.histogram({ name, help: 'H.', native: true })
    const info = (name: string) => (registry: Registry) =>
      registry.info({ name, help: 'H.', labels: { a: 'b' } })
    const clashes: [taken: string, (registry: Registry) => unknown, (registry: Registry) => unknown][] = [
      ['a', counter('a_total'), gauge('a')],
      ['a_total', counter('a'), gauge('a_total')],
      ['a(_total)?', counter('a'), counter('a_total')],
      ['a', counter('a_total'), histogram('a')],
      ['a_created', counter('a_total'), gauge('a_created')],
      ['a_created', counter('a'), gauge('a_created')],
      ['a_created', histogram('a'), gauge('a_created')],
      ['a_created', counter('a_total'), counter('a_created')],
      ['a_bucket', histogram('a'), gauge('a_bucket')],
      ['a', info('a_info'), gauge('a')],
      ['a_info', info('a_info'), gauge('a_info')],
      ['a', info('a_info'), counter('a_total')],
    ]
    for (const [taken, one, other] of clashes) {
      for (const [first, second] of [
        [one, other],
        [other, one],
      ] as const) {
        const registry = createRegistry()
        first(registry)
        const before = renderText(registry.collect())
        assert.throws(
          () => second(registry),
          new RegExp(`the name ${taken} is taken by a|^Error: ${taken} is declared`),
        )
        assert.equal(renderText(registry.collect()), before)
      }
    }
    for (const name of ['a', 'a_totals', 'a_created_total', 'a_info_total']) {
      const registry = createRegistry()
      counter('b_total')(registry)
      info('c_info')(registry)
      counter(name)(registry)
    }
    const registry = createRegistry()
    assert.throws(() => counter('_total')(registry), /^Error: _total: a name is required before _total$/)
  })

  it('metric names must end in the unit, before _total', () => {
    const registry = createRegistry()
    registry.counter({ name: 'busy_seconds_total', help: 'B.', unit: 'seconds' })
    registry.counter({ name: 'idle_seconds', help: 'I.', unit: 'seconds' })
    registry.gauge({ name: 'size_bytes', help: 'S.', unit: 'bytes' })
    registry.histogram({ name: 'wait_seconds', help: 'W.', unit: 'seconds', native: true })
    registry.gauge({ name: 'rate_bytes_per_second', help: 'R.', unit: 'bytes_per_second' })
    for (const [name, unit] of [
      ['busy_total', 'seconds'],
      ['a_total', 'total'],
      ['seconds', 'seconds'],
      ['milliseconds', 'seconds'],
      ['a_seconds_b', 'seconds'],
      ['a_', ''],
    ] as const) {
      assert.throws(
        () => registry.counter({ name, help: 'H.', unit }),
        /: unit must be the last part of the name, got /,
        name,
      )
    }
  })

  it('the names of the registry’s own metric are taken', () => {
    for (const name of ['metrics_label_overflows_total', 'metrics_label_overflows']) {
      assert.throws(
        () => createRegistry().counter({ name, help: 'H.' }),
        /^Error: .* is taken by the registry itself$/,
      )
    }
  })

  it('a metric name stays free when its declaration is rejected', () => {
    const registry = createRegistry()
    assert.throws(() => registry.counter({ name: 'a', help: 'H.', labels: { b: [] } }))
    assert.throws(() => registry.histogram({ name: 'a', help: 'H.', buckets: [] }))
    assert.equal(renderText(registry.collect()), '')
    registry.counter({ name: 'a', help: 'H.' })
  })

  it('two registries can have the same metric names', () => {
    const [one, two] = [createRegistry(), createRegistry()]
    one.counter({ name: 'a', help: 'H.' }).inc()
    two.counter({ name: 'a', help: 'H.' })
    assert.match(renderText(one.collect()), /^a 1$/m)
    assert.match(renderText(two.collect()), /^a 0$/m)
  })
})

describe('a computed value', () => {
  it('a computed value agrees with the same scrape', () => {
    const registry = createRegistry()
    registry.gauge({
      name: 'hit_rate',
      help: 'Hits per read.',
      value: (read) => {
        // Counts during the computation belong to the next scrape.
        hits.inc(100)
        const [hit, missed] = [read(hits), read(misses.with({ cause: 'absent' }))]
        return hit / (hit + missed)
      },
    })
    registry.gauge({
      name: 'mean_seconds',
      help: 'Mean.',
      value: (read) => read(durations).sum / read(durations).count,
    })
    registry.counter({ name: 'twice_total', help: 'Twice the level.', value: (read) => 2 * read(level) })
    const hits = registry.counter({ name: 'hits_total', help: 'Hits.' })
    const misses = registry.counter({ name: 'misses_total', help: 'Misses.', labels: { cause: ['absent'] } })
    const durations = registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1] })
    const level = registry.gauge({ name: 'level', help: 'Level.' })
    hits.inc(3)
    misses.with({ cause: 'absent' }).inc()
    durations.observe(0.5)
    durations.observe(2)
    level.set(0.75)
    assert.equal(
      renderText(registry.collect()),
      `# HELP hit_rate Hits per read.
# TYPE hit_rate gauge
hit_rate 0.75
# HELP mean_seconds Mean.
# TYPE mean_seconds gauge
mean_seconds 1.25
# HELP twice_total Twice the level.
# TYPE twice_total counter
twice_total 1.5
# HELP hits_total Hits.
# TYPE hits_total counter
hits_total 3
# HELP misses_total Misses.
# TYPE misses_total counter
misses_total{cause="absent"} 1
# HELP d_seconds D.
# TYPE d_seconds histogram
d_seconds_bucket{le="1"} 1
d_seconds_bucket{le="+Inf"} 2
d_seconds_sum 2.5
d_seconds_count 2
# HELP level Level.
# TYPE level gauge
level 0.75
`,
    )
    assert.match(renderText(registry.collect()), /^hits_total 103$/m)
  })

  it('a series made during the scrape reads as 0', () => {
    const registry = createRegistry()
    const reads = registry.counter({ name: 'reads_total', help: 'R.', labels: { cache: { max: 5 } } })
    const durations = registry.histogram({
      name: 'd_seconds',
      help: 'D.',
      buckets: [1],
      labels: { cache: { max: 5 } },
    })
    registry.gauge({ name: 'a', help: 'A.', value: (read) => read(reads.with({ cache: 'new' })) })
    registry.gauge({ name: 'b', help: 'B.', value: (read) => read(durations.with({ cache: 'new' })).count })
    const text = renderText(registry.collect())
    assert.match(text, /^a 0$/m)
    assert.match(text, /^b 0$/m)
    assert.doesNotMatch(text, /cache="new"/)
  })

  it('a callback that throws removes only its own samples, and onError receives the error', () => {
    const errors: [unknown, string][] = []
    const registry = createRegistry({ onError: (error, metric) => errors.push([error, metric]) })
    const failure = new Error('no such file')
    registry.counter({ name: 'first_total', help: 'First.' }).inc()
    registry.gauge({
      name: 'open_fds',
      help: 'Open.',
      value: () => {
        throw failure
      },
    })
    registry.gauge({
      name: 'tier_up',
      help: 'Up.',
      labels: { tier: { max: 3 } },
      values: function* () {
        yield [{ tier: 'memory' }, 1]
        throw failure
      },
    })
    registry.gauge({ name: 'last', help: 'Last.', value: () => 1 })
    assert.equal(
      renderText(registry.collect()),
      `# HELP first_total First.
# TYPE first_total counter
first_total 1
# HELP open_fds Open.
# TYPE open_fds gauge
# HELP tier_up Up.
# TYPE tier_up gauge
# HELP last Last.
# TYPE last gauge
last 1
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="tier_up"} 0
# HELP metrics_errors_total Errors of metrics: rejected labels and values, and failed callbacks.
# TYPE metrics_errors_total counter
metrics_errors_total{metric="open_fds"} 1
metrics_errors_total{metric="tier_up"} 1
`,
    )
    assert.deepEqual(errors, [
      [failure, 'open_fds'],
      [failure, 'tier_up'],
    ])
  })

  it('a callback that throws breaks nothing without onError', () => {
    const registry = createRegistry()
    registry.gauge({
      name: 'a',
      help: 'A.',
      value: () => {
        throw new Error('no')
      },
    })
    assert.equal(textWithoutErrors(registry), '# HELP a A.\n# TYPE a gauge\n')
  })

  it('a computed value must be a number, for a counter finite and not negative', () => {
    const complaint = (type: 'counter' | 'gauge', value: unknown) => {
      const errors: string[] = []
      const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
      const declare = registry[type] as Registry['counter'] // the overloads of both take a callback
      declare({ name: 'a', help: 'A.', value: () => value as number })
      registry.collect()
      return errors.join()
    }
    for (const value of ['1', undefined, null, 1n]) {
      assert.match(complaint('gauge', value), /^TypeError: a: the computed value must be a number, got/)
    }
    for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      assert.match(
        complaint('counter', value),
        /^RangeError: a: the value of a counter must be finite and not negative, got/,
      )
      assert.equal(complaint('gauge', value), '')
    }
    assert.equal(complaint('counter', 0.5), '')
  })

  it('read.each yields every series of a metric as in the same scrape', () => {
    const registry = createRegistry()
    const labels = { cache: { max: 5 }, outcome: ['hit', 'miss'] } as const
    const reads = registry.counter({ name: 'reads_total', help: 'R.', labels })
    const sizes = registry.gauge({ name: 'size', help: 'S.', labels: { tier: ['a', 'b'] } })
    const modes = registry.gauge({
      name: 'mode',
      help: 'M.',
      threads: 'latest',
      labels: { tier: ['a', 'b'] },
    })
    const waits = registry.histogram({ name: 'wait', help: 'W.', native: true, labels: { tier: ['a', 'b'] } })
    const seen: unknown[] = []
    registry.gauge({
      name: 'all',
      help: 'A.',
      value(read) {
        reads.with({ cache: 'late', outcome: 'hit' }).inc()
        for (const metric of [reads, sizes, modes]) seen.push([...read.each(metric)])
        seen.push([...read.each(waits)])
        return 1
      },
    })
    reads.with({ cache: '__proto__', outcome: 'miss' }).inc(3)
    sizes.with({ tier: 'b' }).set(2)
    modes.with({ tier: 'a' }).set(4)
    waits.with({ tier: 'b' }).observe(0.5)
    waits.with({ tier: 'b' }).observe(1)
    registry.collect()
    assert.deepEqual(seen, [
      [
        [{ cache: '__proto__', outcome: 'miss' }, 3],
        [{ cache: 'late', outcome: 'hit' }, 0],
      ],
      [
        [{ tier: 'a' }, 0],
        [{ tier: 'b' }, 2],
      ],
      [
        [{ tier: 'a' }, 4],
        [{ tier: 'b' }, 0],
      ],
      [
        [{ tier: 'a' }, { count: 0, sum: 0 }],
        [{ tier: 'b' }, { count: 2, sum: 1.5 }],
      ],
    ])
  })

  it('read.each takes only metrics with labels of the same registry', () => {
    const errors: string[] = []
    const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
    const plain = registry.counter({ name: 'plain_total', help: 'P.' })
    const foreign = createRegistry().counter({ name: 'foreign_total', help: 'F.', labels: { a: ['b'] } })
    // @ts-expect-error it has no labels
    registry.gauge({ name: 'a', help: 'A.', value: (read) => [...read.each(plain)].length })
    registry.gauge({ name: 'b', help: 'B.', value: (read) => [...read.each(foreign)].length })
    registry.collect()
    assert.deepEqual(errors, [
      'TypeError: read.each: the metric must be a counter, gauge or histogram with labels that are not bound',
      'Error: read: foreign_total belongs to another registry',
    ])
  })

  it('read takes only series of the same registry', () => {
    const errors: string[] = []
    const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
    const foreign = createRegistry().counter({ name: 'foreign_total', help: 'F.' })
    const family = registry.counter({ name: 'reads_total', help: 'R.', labels: { cache: ['a'] } })
    registry.gauge({ name: 'a', help: 'A.', value: (read) => read(foreign) })
    // @ts-expect-error its labels are not bound
    registry.gauge({ name: 'b', help: 'B.', value: (read) => read(family) })
    registry.gauge({ name: 'c', help: 'C.', value: (read) => read({ inc: () => {} } satisfies Counter) })
    registry.collect()
    assert.deepEqual(errors, [
      'Error: read: foreign_total belongs to another registry',
      'TypeError: read: the series must be a counter, gauge or histogram with its labels bound',
      'TypeError: read: the series must be a counter, gauge or histogram with its labels bound',
    ])
  })

  it('a rejected computed metric leaves nothing behind', () => {
    const registry = createRegistry()
    registry.gauge({ name: 'taken', help: 'T.' })
    const values = () => []
    assert.throws(
      () => registry.gauge({ name: 'taken', help: 'T.', labels: { a: { max: 1 } }, values }),
      /taken/,
    )
    assert.equal(renderText(registry.collect()), '# HELP taken T.\n# TYPE taken gauge\ntaken 0\n')
  })

  it('value excludes labels, and values requires them', () => {
    const registry = createRegistry()
    const one = { name: 'a', help: 'A.', value: () => 1 }
    const many = { name: 'a', help: 'A.', values: () => [] }
    // @ts-expect-error value with labels
    const labelled = () => registry.gauge({ ...one, labels: { tier: ['memory'] } })
    assert.throws(
      labelled,
      /^TypeError: a: a metric without labels takes value, one with labels takes values$/,
    )
    // @ts-expect-error values without labels
    const unlabelled = () => registry.gauge(many)
    assert.throws(
      unlabelled,
      /^TypeError: a: a metric without labels takes value, one with labels takes values$/,
    )
    registry.gauge(one)
  })
})

describe('computed values', () => {
  it('computed values are the series of one scrape only', () => {
    const registry = createRegistry()
    const sizes = new Map([
      ['memory', 3],
      ['remote', 4],
    ])
    registry.gauge({
      name: 'entries',
      help: 'Entries.',
      labels: { tier: { max: 8 }, state: ['fresh', 'stale'] },
      values: (_read) => [...sizes].map(([tier, size]) => [{ tier, state: 'fresh' }, size]),
    })
    const samples = () =>
      /entries\{.*\n/gs.exec(renderText(registry.collect()))?.[0].replace(/# HELP metrics_.*/s, '')
    assert.equal(
      samples(),
      'entries{tier="memory",state="fresh"} 3\nentries{tier="remote",state="fresh"} 4\n',
    )
    sizes.delete('memory')
    assert.equal(samples(), 'entries{tier="remote",state="fresh"} 4\n')
  })

  it('computed values above the maximum are added up as "other" and counted, at each scrape', () => {
    const registry = createRegistry()
    registry.gauge({
      name: 'entries',
      help: 'Entries.',
      labels: { tier: { max: 2 } },
      values: () => ['a', 'b', 'c', 'd', 'other'].map((tier, i) => [{ tier }, 10 ** i]),
    })
    for (const overflows of [0, 2]) {
      assert.equal(
        renderText(registry.collect()),
        `# HELP entries Entries.
# TYPE entries gauge
entries{tier="a"} 1
entries{tier="b"} 10
entries{tier="other"} 11100
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="entries"} ${overflows}
`,
      )
    }
  })

  it('one invalid computed value rejects all of its metric', () => {
    const errors: string[] = []
    const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
    registry.gauge({
      name: 'twice',
      help: 'T.',
      labels: { tier: ['a', 'b'] },
      values: () => [
        [{ tier: 'a' }, 1],
        [{ tier: 'a' }, 2],
      ],
    })
    registry.gauge({
      name: 'unknown',
      help: 'U.',
      // @ts-expect-error the values below return another one
      labels: { tier: ['a', 'b'] },
      // @ts-expect-error not one of its values
      values: () => [[{ tier: 'c' }, 1]],
    })
    registry.gauge({
      name: 'no_number',
      help: 'N.',
      labels: { tier: ['a'] },
      values: () => [[{ tier: 'a' }, undefined as unknown as number]],
    })
    assert.equal(
      textWithoutErrors(registry),
      `# HELP twice T.
# TYPE twice gauge
# HELP unknown U.
# TYPE unknown gauge
# HELP no_number N.
# TYPE no_number gauge
`,
    )
    assert.deepEqual(errors, [
      'Error: twice: values returned twice{tier="a"} twice',
      'RangeError: unknown: label tier must be one of "a", "b", got "c"',
      'TypeError: no_number: the computed value must be a number, got undefined',
    ])
  })
})

it('a snapshot does not change when metrics change', () => {
  const registry = createRegistry()
  const reads = registry.counter({ name: 'reads_total', help: 'R.', labels: { cache: { max: 5 } } })
  reads.with({ cache: 'a' }).inc()
  const snapshot = registry.collect()
  const before = renderText(snapshot)
  reads.with({ cache: 'a' }).inc()
  reads.with({ cache: 'b' }).inc()
  registry.gauge({ name: 'late', help: 'Late.' })
  assert.equal(renderText(snapshot), before)
})
