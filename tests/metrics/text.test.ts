import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRegistry } from '../../src/metrics/index.ts'
import { renderText } from '../../src/metrics/text.ts'

test('a registry is written down family by family, in the order of declaration', () => {
  const registry = createRegistry()
  const reads = registry.counter({
    name: 'cache_reads_total',
    help: 'Reads by how they ended.',
    labels: { outcome: ['hit', 'miss'] },
  })
  const loads = registry.histogram({
    name: 'cache_load_duration_seconds',
    help: 'How long loads took.',
    labels: { cache: { max: 4 } },
    buckets: [0.001, 0.25, 1],
  })
  const inFlight = registry.gauge({ name: 'http_requests_in_flight', help: 'Requests under way.' })
  registry.gauge({
    name: 'cache_hit_rate',
    help: 'Hits per read.',
    value: (read) => read(reads.with({ outcome: 'hit' })) / 4,
  })
  reads.with({ outcome: 'miss' }).inc()
  reads.with({ outcome: 'hit' }).inc(3)
  loads.with({ cache: 'users' }).observe(0.2)
  loads.with({ cache: 'posts' }).observe(2.5)
  loads.with({ cache: 'users' }).observe(0.0005)
  inFlight.inc()
  assert.equal(
    renderText(registry.collect()),
    `# HELP cache_reads_total Reads by how they ended.
# TYPE cache_reads_total counter
cache_reads_total{outcome="hit"} 3
cache_reads_total{outcome="miss"} 1
# HELP cache_load_duration_seconds How long loads took.
# TYPE cache_load_duration_seconds histogram
cache_load_duration_seconds_bucket{cache="users",le="0.001"} 1
cache_load_duration_seconds_bucket{cache="users",le="0.25"} 2
cache_load_duration_seconds_bucket{cache="users",le="1"} 2
cache_load_duration_seconds_bucket{cache="users",le="+Inf"} 2
cache_load_duration_seconds_sum{cache="users"} 0.2005
cache_load_duration_seconds_count{cache="users"} 2
cache_load_duration_seconds_bucket{cache="posts",le="0.001"} 0
cache_load_duration_seconds_bucket{cache="posts",le="0.25"} 0
cache_load_duration_seconds_bucket{cache="posts",le="1"} 0
cache_load_duration_seconds_bucket{cache="posts",le="+Inf"} 1
cache_load_duration_seconds_sum{cache="posts"} 2.5
cache_load_duration_seconds_count{cache="posts"} 1
# HELP http_requests_in_flight Requests under way.
# TYPE http_requests_in_flight gauge
http_requests_in_flight 1
# HELP cache_hit_rate Hits per read.
# TYPE cache_hit_rate gauge
cache_hit_rate 0.75
# HELP metrics_label_overflows_total Label lookups that were answered with "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="cache_load_duration_seconds"} 0
`,
  )
})

test('writing down changes nothing', () => {
  const registry = createRegistry()
  registry
    .counter({ name: 'a_total', help: 'A.', labels: { b: { max: 1 } } })
    .with({ b: 'c' })
    .inc()
  registry.histogram({ name: 'd_seconds', help: 'D.', buckets: [1] }).observe(2)
  const snapshot = registry.collect()
  const text = renderText(snapshot)
  assert.equal(renderText(snapshot), text)
  assert.equal(renderText(registry.collect()), text)
})

test('an empty registry is an empty text', () => {
  assert.equal(renderText(createRegistry().collect()), '')
})

test('help escapes backslashes and line feeds; label values quotes too', () => {
  const registry = createRegistry()
  const help = 'back\\slash "quoted"\nline\\n'
  registry.counter({ name: 'a_total', help, labels: { b: { max: 1 } } }).with({ b: help })
  assert.match(
    renderText(registry.collect()),
    /^# HELP a_total back\\\\slash "quoted"\\nline\\\\n\n.*\na_total\{b="back\\\\slash \\"quoted\\"\\nline\\\\n"} 0\n/,
  )
})

describe('what is written down can be read back', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', '{', '}', ',', '=', ' ', '\r', '#', '\u2028') }),
    fc.array(fc.integer({ min: 0xd7ff, max: 0xe000 })).map((units) => String.fromCharCode(...units)),
  )

  test('any help, label values and gauge values', () => {
    const samples = fc.array(fc.tuple(text, text, fc.double()), { maxLength: 10 })
    fc.assert(
      fc.property(text, samples, (help, samples) => {
        const registry = createRegistry()
        const gauge = registry.gauge({ name: 'g', help, labels: { a: { max: 1000 }, b: { max: 1000 } } })
        const expected = new Map<string, { labels: Record<string, string>; value: number }>()
        for (const [a, b, value] of samples) {
          gauge.with({ a, b }).set(value)
          const labels = { a: a.toWellFormed(), b: b.toWellFormed() }
          expected.set(JSON.stringify(labels), { labels, value: value === 0 ? 0 : value })
        }
        const [family] = parse(overTheWire(renderText(registry.collect())))
        assert.deepEqual(family, {
          name: 'g',
          help: help.toWellFormed(),
          type: 'gauge',
          samples: [...expected.values()].map((sample) => ({ name: 'g', ...sample })),
        })
      }),
    )
  })

  test('any counts', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (counts) => {
        const registry = createRegistry()
        for (const [i, n] of counts.entries()) registry.counter({ name: `c${i}_total`, help: '' }).inc(n)
        const families = parse(overTheWire(renderText(registry.collect())))
        assert.deepEqual(
          families,
          counts.map((value, i) => ({
            name: `c${i}_total`,
            help: '',
            type: 'counter',
            samples: [{ name: `c${i}_total`, labels: {}, value }],
          })),
        )
      }),
    )
  })

  test('any histogram: buckets that only grow, and end at the count', () => {
    const bounds = fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      selector: (bound) => bound + 0,
    })
    const observations = fc.array(fc.double({ min: 0, max: 9e6, noNaN: true }))
    fc.assert(
      fc.property(bounds, observations, text, (bounds, observations, label) => {
        const buckets = bounds.sort((a, b) => a - b)
        const registry = createRegistry()
        const family = registry.histogram({ name: 'h', help: '', buckets, labels: { l: { max: 1 } } })
        const histogram = family.with({ l: label })
        for (const value of observations) histogram.observe(value)
        const labels = { l: label.toWellFormed() }
        const [parsed] = parse(overTheWire(renderText(registry.collect())))
        const nanoseconds = observations.reduce((sum, value) => sum + BigInt(Math.round(value * 1e9)), 0n)
        assert.deepEqual(parsed?.samples, [
          ...[...buckets, Number.POSITIVE_INFINITY].map((bound) => ({
            name: 'h_bucket',
            labels: { ...labels, le: bound === Number.POSITIVE_INFINITY ? '+Inf' : `${bound}` },
            value: observations.filter((value) => value <= bound).length,
          })),
          { name: 'h_sum', labels, value: Number(nanoseconds) / 1e9 },
          { name: 'h_count', labels, value: observations.length },
        ])
      }),
    )
  })
})

function overTheWire(text: string): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new TextEncoder().encode(text))
}

type ParsedFamily = {
  name: string
  help: string
  type: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

/** Reads the text format by its own grammar, and refuses what that does not allow. */
function parse(text: string): ParsedFamily[] {
  assert.ok(text === '' || text.endsWith('\n'))
  const families: ParsedFamily[] = []
  for (const line of text.split('\n').slice(0, -1)) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line)
    if (help?.[1] !== undefined && help[2] !== undefined) {
      assert.ok(!families.some(({ name }) => name === help[1]), `HELP ${help[1]} twice`)
      families.push({ name: help[1], help: unescaped(help[2]), type: '', samples: [] })
      continue
    }
    const family = families.at(-1)
    assert.ok(family, line)
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
    if (type?.[2] !== undefined) {
      assert.equal(type[1], family.name)
      assert.equal(family.type, '', 'TYPE twice')
      family.type = type[2]
      continue
    }
    family.samples.push(parseSample(family, line))
  }
  return families
}

function parseSample(family: ParsedFamily, line: string): ParsedFamily['samples'][number] {
  assert.notEqual(family.type, '', 'a sample before its TYPE')
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? ''
  const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  assert.ok(
    suffixes.some((suffix) => name === family.name + suffix),
    line,
  )
  const labels: Record<string, string> = Object.create(null)
  let at = name.length
  if (line[at] === '{') {
    do {
      const pair = /^[{,]([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\"|\\n)*)"/s.exec(line.slice(at))
      assert.ok(pair?.[1] !== undefined && pair[2] !== undefined, line)
      labels[pair[1]] = unescaped(pair[2])
      at += pair[0].length
    } while (line[at] === ',')
    assert.equal(line[at++], '}', line)
  }
  return { name, labels: { ...labels }, value: parseValue(line.slice(at)) }
}

function parseValue(written: string): number {
  assert.match(written, /^ (NaN|[+-]Inf|-?[0-9.]+(e[+-]?[0-9]+)?)$/)
  return Number(written.replace('Inf', 'Infinity'))
}

function unescaped(written: string): string {
  return written.replace(/\\(.)/gs, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
